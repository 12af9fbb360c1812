/**
 * Preloaded into each program of dist/ and into its workers. Node keeps the compiled code of the
 * 2,400 modules that a server loads, so that the next start does not compile them again; on Node
 * before 22.8, or where the directory cannot be written, it compiles as ever
 * (docs/decisions/0013-compile-cache.md). The directory lies beside the packages, since whoever may
 * write there decides what runs anyway; never below a temporary directory that others share.
 * NODE_COMPILE_CACHE names another one, NODE_DISABLE_COMPILE_CACHE=1 turns it off.
 */
'use strict';

const nodeModule = require('node:module');
const { join } = require('node:path');

nodeModule.enableCompileCache?.(join(__dirname, '..', 'node_modules', '.cache', 'task-api'));

// Stack traces name src/*.ts. Not those of packages, where Node can tell the two apart (22.14): to
// read all their maps takes 30 ms.
if (nodeModule.setSourceMapsSupport === undefined) process.setSourceMapsEnabled(true);
else nodeModule.setSourceMapsSupport(true, { nodeModules: false });
