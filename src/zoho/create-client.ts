import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { createAccountsApi } from './accounts-api.ts'
import { createBooksApi } from './books-api.ts'
import { type DataCenter, maxDocumentBytes, type ZohoClient } from './client.ts'
import { dataCenterTable } from './data-centers.ts'
import { createSend, createSendForBytes } from './http.ts'
import { type ObserveZoho, unobserved } from './observe.ts'

/** A page of 200 invoices is some 400 kB; ten times that and more is no page. */
const maxBooksAnswerBytes = 20_000_000
/** A token answer is some 300 bytes. */
const maxTokenAnswerBytes = 1_000_000

export interface ZohoTimeouts {
  readonly tokenMs: number
  readonly apiMs: number
  readonly documentMs: number
}

export interface ZohoClientOptions {
  readonly zoho: Config['zoho']
  readonly log: Logger
  /** Replaces Zoho's own table, for tests with several simulated data centres. */
  readonly dataCenters?: readonly DataCenter[]
  readonly timeouts?: Partial<ZohoTimeouts>
  /** Only to turn Retry-After into a moment. */
  readonly now?: () => Date
  /** Sees every request go and end. */
  readonly observe?: ObserveZoho | undefined
}

/**
 * Builds the Zoho client of a process. It holds no state but its keep-alive sockets.
 *
 * @throws AppError unknown_data_center when `accountsUrl` is not in the table.
 */
export const createZohoClient = (options: ZohoClientOptions): ZohoClient => {
  const { zoho, log, dataCenters, timeouts, now = () => new Date(), observe = unobserved } = options
  const table = dataCenterTable(zoho, dataCenters)
  const accountsSend = createSend({
    timeoutMs: timeouts?.tokenMs ?? 10_000,
    keepAlive: false,
    maxBytes: maxTokenAnswerBytes,
  })
  const booksSend = createSend({
    timeoutMs: timeouts?.apiMs ?? 20_000,
    keepAlive: true,
    maxBytes: maxBooksAnswerBytes,
  })
  const documentSend = createSendForBytes({
    timeoutMs: timeouts?.documentMs ?? 60_000,
    keepAlive: true,
    maxBytes: maxDocumentBytes,
  })
  const webPage = (dataCenter: DataCenter, organizationId: string, path: string) =>
    `${dataCenter.booksWebUrl}/app/${encodeURIComponent(organizationId)}#/${path}`
  return {
    dataCenter: table.byCode,
    ...createAccountsApi({ zoho, table, send: accountsSend, log, observe }),
    ...createBooksApi({ send: booksSend, sendForBytes: documentSend, log, now, observe }),
    invoiceUrl: ({ dataCenter, organizationId, invoiceId }) =>
      webPage(dataCenter, organizationId, `invoices/${encodeURIComponent(invoiceId)}`),
    customerUrl: ({ dataCenter, organizationId, customerId }) =>
      webPage(dataCenter, organizationId, `contacts/${encodeURIComponent(customerId)}`),
  }
}
