/** Jest runs this before each test file, in the file's own world. */
import './known.ts'
import { watchAnswers, watchLogs } from './this-process.ts'
import { tellLooked } from './watch.ts'

watchAnswers()
watchLogs()
afterAll(tellLooked)
