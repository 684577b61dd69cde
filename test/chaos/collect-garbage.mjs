/** Loaded first by a process whose memory is measured: what is in use right after a collection is what it holds. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
setInterval(runInNewContext('gc'), 5_000).unref()
