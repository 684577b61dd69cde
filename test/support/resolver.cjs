/** Our own code and tests get the bundle of a library (library-bundles.mjs); libraries get each other as they are. */
let bundles

module.exports = (request, options) => {
  // Set by the run's set-up, which comes after this file was loaded.
  bundles ??= process.env.TEST_LIBRARY_BUNDLES && JSON.parse(process.env.TEST_LIBRARY_BUNDLES)
  const bundle = bundles?.[request]
  return bundle !== undefined && !options.basedir.includes('node_modules')
    ? bundle
    : options.defaultResolver(request, options)
}
