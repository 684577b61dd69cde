/**
 * Jest cannot `require()` an ES module before Node 24.9 (Node itself can since 20.19), and two packages under Fastify
 * are required so. This gives their real code, turned into CommonJS at load.
 */
const { readFileSync } = require('node:fs')
const { join } = require('node:path')
const { transformSync } = require('@swc/core')

exports.load = (module, file) => {
  const path = join(__dirname, '../../../node_modules', file)
  const { code } = transformSync(readFileSync(path, 'utf8'), {
    swcrc: false,
    configFile: false,
    isModule: true,
    module: { type: 'commonjs' },
    jsc: { target: 'es2022' },
  })
  new Function('module', 'exports', 'require', code)(module, module.exports, require)
}
