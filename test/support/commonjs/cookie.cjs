require('./load.cjs').load(module, 'cookie/dist/index.js')
