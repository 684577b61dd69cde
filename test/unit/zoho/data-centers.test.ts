import { dataCenterTable } from '../../../src/zoho/data-centers.ts'

const table = dataCenterTable({ accountsUrl: 'https://accounts.zoho.com', simulatorUrl: undefined })

it('knows Canada’s odd hosts', () => {
  expect(table.byCode('ca')).toEqual({
    code: 'ca',
    accountsUrl: 'https://accounts.zohocloud.ca',
    apiUrl: 'https://www.zohoapis.ca',
    booksWebUrl: 'https://books.zohocloud.ca',
  })
  expect(table.byAccountsUrl('https://accounts.zoho.ca')).toBeUndefined()
})

it('starts consents where the client is registered', () => {
  expect(table.start.code).toBe('us')
  const china = dataCenterTable({ accountsUrl: 'https://accounts.zoho.com.cn', simulatorUrl: undefined })
  expect(china.start.code).toBe('cn')
  expect(() =>
    dataCenterTable({ accountsUrl: 'https://accounts.example.com', simulatorUrl: undefined }),
  ).toThrow(expect.objectContaining({ code: 'unknown_data_center' }))
})

it('adds the simulator and starts there', () => {
  const simulated = dataCenterTable({
    accountsUrl: 'https://accounts.zoho.com',
    simulatorUrl: 'http://127.0.0.1:4000',
  })
  expect(simulated.start.code).toBe('sim')
  expect(simulated.byCode('eu').apiUrl).toBe('https://www.zohoapis.eu')
})

it.each([
  'https://accounts.zoho.eu/',
  'https://accounts.zoho.eu:443',
  'https://accounts.zoho.eu:8443',
  'http://accounts.zoho.eu',
  'https://accounts.zoho.eu/oauth',
  'https://accounts.zoho.eu?x=1',
  'https://accounts.zoho.eu#x',
  'https://accounts.zoho.eu@evil.example',
  'https://user:pass@accounts.zoho.eu',
  'https://accounts.zoho.eu.evil.example',
  'https://evil.example/accounts.zoho.eu',
  'https://accounts.zohо.eu',
  'https://xn--accounts-zoho.eu',
  'HTTPS://ACCOUNTS.ZOHO.EU',
  ' https://accounts.zoho.eu',
  'accounts.zoho.eu',
  '//accounts.zoho.eu',
  'javascript:alert(1)',
  'https://127.0.0.1',
  '',
])('does not find %p', (url) => {
  expect(table.byAccountsUrl(url)).toBeUndefined()
})
