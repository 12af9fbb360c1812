/**
 * Preloaded into commands. Node keeps the compiled code of the modules that a command loads, so that
 * the next one does not compile them again; Node before 22.8, and a directory that cannot be written,
 * compile as usual. A server does without: Node holds the whole cache in memory as long as a process
 * runs (docs/decisions/0013-compile-cache.md). The directory is beside the packages, because its
 * contents are run; never below a temporary directory that others share. NODE_COMPILE_CACHE names
 * another one, NODE_DISABLE_COMPILE_CACHE=1 turns it off.
 */
'use strict';

const { enableCompileCache } = require('node:module');
const { join } = require('node:path');

enableCompileCache?.(join(__dirname, '..', 'node_modules', '.cache', 'task-api'));
