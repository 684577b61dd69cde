require('./load.cjs').load(module, 'content-disposition/dist/index.js')
