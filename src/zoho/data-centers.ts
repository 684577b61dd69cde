/** Zoho's data centres (contract section 1). No column follows from another: Canada breaks every rule. */
import type { Config } from '../config.ts'
import { AppError } from '../errors.ts'
import type { DataCenter, DataCenterCode } from './client.ts'

const row = (
  code: DataCenterCode,
  accountsHost: string,
  apiHost: string,
  booksWebHost: string,
): DataCenter => ({
  code,
  accountsUrl: `https://${accountsHost}`,
  apiUrl: `https://${apiHost}`,
  booksWebUrl: `https://${booksWebHost}`,
})

/** The first eight are documented for Books; uk, ae and sg were observed only. */
export const zohoDataCenters: readonly DataCenter[] = [
  row('us', 'accounts.zoho.com', 'www.zohoapis.com', 'books.zoho.com'),
  row('eu', 'accounts.zoho.eu', 'www.zohoapis.eu', 'books.zoho.eu'),
  row('in', 'accounts.zoho.in', 'www.zohoapis.in', 'books.zoho.in'),
  row('au', 'accounts.zoho.com.au', 'www.zohoapis.com.au', 'books.zoho.com.au'),
  row('jp', 'accounts.zoho.jp', 'www.zohoapis.jp', 'books.zoho.jp'),
  row('ca', 'accounts.zohocloud.ca', 'www.zohoapis.ca', 'books.zohocloud.ca'),
  row('cn', 'accounts.zoho.com.cn', 'www.zohoapis.com.cn', 'books.zoho.com.cn'),
  row('sa', 'accounts.zoho.sa', 'www.zohoapis.sa', 'books.zoho.sa'),
  row('uk', 'accounts.zoho.uk', 'www.zohoapis.uk', 'books.zoho.uk'),
  row('ae', 'accounts.zoho.ae', 'www.zohoapis.ae', 'books.zoho.ae'),
  row('sg', 'accounts.zoho.sg', 'www.zohoapis.sg', 'books.zoho.sg'),
]

export interface DataCenterTable {
  readonly byCode: (code: DataCenterCode) => DataCenter
  /** Exact member or nothing: whoever is found here receives the client secret. */
  readonly byAccountsUrl: (url: string) => DataCenter | undefined
  readonly byApiUrl: (url: string) => DataCenter | undefined
  /** Where consents start. */
  readonly start: DataCenter
}

/**
 * The table this process works with: Zoho's, plus `sim` when a simulator is configured.
 *
 * @throws AppError unknown_data_center when `accountsUrl` is no row of it.
 */
export const dataCenterTable = (
  { accountsUrl, simulatorUrl }: Pick<Config['zoho'], 'accountsUrl' | 'simulatorUrl'>,
  known: readonly DataCenter[] = zohoDataCenters,
): DataCenterTable => {
  const simulator = simulatorUrl && {
    code: 'sim',
    accountsUrl: simulatorUrl,
    apiUrl: simulatorUrl,
    booksWebUrl: simulatorUrl,
  }
  // The simulator's row comes first, so that an override that lists the same origin twice is still unambiguous.
  const rows = simulator ? [simulator, ...known] : known
  const find = (matches: (row: DataCenter) => boolean, looked: string): DataCenter => {
    const found = rows.find(matches)
    if (!found) throw new AppError('unknown_data_center', { details: { dataCenter: looked } })
    return found
  }
  return {
    byCode: (code) => find((row) => row.code === code, code),
    byAccountsUrl: (url) => rows.find((row) => row.accountsUrl === url),
    byApiUrl: (url) => rows.find((row) => row.apiUrl === url),
    start: simulator || find((row) => row.accountsUrl === accountsUrl, accountsUrl),
  }
}
