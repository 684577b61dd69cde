/** Our own processes load this first (`--import`), bundled, whatever they are themselves. */
import { subscribe } from 'node:diagnostics_channel'
import { watchEnvironment } from './known.ts'
import { watchAnswers, watchLogs } from './this-process.ts'
import { tellLooked } from './watch.ts'

const watchOwnSecrets = () => watchEnvironment(process.env)

watchOwnSecrets()
// A bare machine makes its secrets after its start.
subscribe('http.server.request.start', watchOwnSecrets)
watchAnswers()
watchLogs()
// Most of them are killed, and then there is no exit to wait for.
setInterval(tellLooked, 500).unref()
process.once('exit', tellLooked)
