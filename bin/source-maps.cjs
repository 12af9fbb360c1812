/**
 * Preloaded into each program of dist/ and into its workers: stack traces name src/*.ts. Not those of
 * packages, where Node can tell the two apart (22.14): to read all their maps takes 30 ms.
 */
'use strict';

const nodeModule = require('node:module');

if (nodeModule.setSourceMapsSupport === undefined) process.setSourceMapsEnabled(true);
else nodeModule.setSourceMapsSupport(true, { nodeModules: false });
