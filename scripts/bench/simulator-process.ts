/** The simulator, with Zoho's limits when it is called with `real`, and tokens handed out without a consent. Ends with its stdin. */
import { startSimulator } from '../../test/zoho-simulator/index.ts'

const simulator = await startSimulator({ invoices: 1, limits: process.argv[2] === 'real' ? 'real' : 'off' })
const { accessToken, refreshToken } = simulator.control.grant()
console.log(JSON.stringify({ url: simulator.url, grant: { accessToken, refreshToken } }))
process.stdin.resume()
process.stdin.once('end', () => {
  void simulator.close().then(() => process.exit(0))
})
