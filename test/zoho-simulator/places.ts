import { type Draw, fillDigits, pick } from './random.ts'

/** What the generator knows of a country: enough to make a debtor one believes. */
export interface Place {
  readonly code: string
  readonly name: string
  /** How people really write it: codes, own language, old habits (contract 7: the address is a free snapshot). */
  readonly spellings: readonly [string, ...string[]]
  readonly currency: string
  /** Of 100 customers, so many live here. */
  readonly share: number
  /** City, state (`""` where nobody writes one) and zip pattern. */
  readonly cities: readonly [City, ...City[]]
  readonly streets: readonly [string, ...string[]]
  readonly numberFirst: boolean
  readonly phone: string
  readonly firstNames: readonly [string, ...string[]]
  readonly lastNames: readonly [string, ...string[]]
  /** `{last}`, `{other}` and `{city}` are filled in. */
  readonly companies: readonly [string, ...string[]]
}

type City = readonly [city: string, state: string, zip: string]

const places: readonly [Place, ...Place[]] = [
  {
    code: 'DE',
    name: 'Germany',
    spellings: ['Deutschland', 'DE', 'GERMANY', 'Federal Republic of Germany'],
    currency: 'EUR',
    share: 24,
    cities: [
      ['Berlin', '', '10###'],
      ['München', 'Bayern', '80###'],
      ['Köln', '', '50###'],
      ['Düsseldorf', 'NRW', '40###'],
      ['Nürnberg', '', '90###'],
    ],
    streets: ['Hauptstraße', 'Schönhauser Allee', 'Am Mühlenbach', 'Königsplatz', 'Straße des 17. Juni'],
    numberFirst: false,
    phone: '+49 30 5#######',
    firstNames: ['Jürgen', 'Anke', 'Björn', 'Käthe', 'Lukas'],
    lastNames: ['Müller', 'Weiß', 'Schröder', 'Köhler', 'Jäger', 'Voß'],
    companies: [
      '{last} & Söhne GmbH',
      '{last} {other} Maschinenbau KG',
      'Autohaus {last} GmbH & Co. KG',
      '{last} AG',
    ],
  },
  {
    code: 'DK',
    name: 'Denmark',
    spellings: ['Danmark', 'DK', 'DENMARK'],
    currency: 'DKK',
    share: 9,
    cities: [
      ['København', '', '2###'],
      ['Aarhus', '', '80##'],
      ['Odense', '', '50##'],
    ],
    streets: ['Nørregade', 'Vesterbrogade', 'Østergade', 'Åboulevarden'],
    numberFirst: false,
    phone: '+45 33 ## ## ##',
    firstNames: ['Søren', 'Mette', 'Jørgen', 'Astrid'],
    lastNames: ['Sørensen', 'Kjær', 'Nygård', 'Jensen'],
    companies: ['{last} ApS', '{last} & {other} A/S', '{city} Tømrer- og Snedkerforretning ApS'],
  },
  {
    code: 'US',
    name: 'United States',
    spellings: ['U.S.A', 'USA', 'US', 'United States of America', 'U.S.'],
    currency: 'USD',
    share: 19,
    cities: [
      ['New York', 'NY', '100##'],
      ['Austin', 'Texas', '787##'],
      ['San José', 'CA', '951##'],
      ['Chicago', 'IL', '606##'],
      ['Boise', 'Idaho', '837##'],
    ],
    streets: ['Market Street', 'Elm Ave', 'Martin Luther King Jr Blvd', 'W 42nd St'],
    numberFirst: true,
    phone: '(212) 555-01##',
    firstNames: ['Ashley', 'Tyrone', 'Maria', 'Brandon'],
    lastNames: ["O'Brien", 'Johnson', 'Núñez', 'Smith-Walker', 'Nguyen'],
    companies: [
      '{last} Logistics LLC',
      '{last} & {other}, Inc.',
      'The "Best" {city} Bakery',
      '{last} Dental Group PC',
    ],
  },
  {
    code: 'GB',
    name: 'United Kingdom',
    spellings: ['UK', 'GB', 'England', 'Great Britain', 'U.K.'],
    currency: 'GBP',
    share: 9,
    cities: [
      ['London', '', 'EC1A #BB'],
      ['Leeds', 'West Yorkshire', 'LS1 #AD'],
      ['Edinburgh', '', 'EH1 #NG'],
    ],
    streets: ['High Street', "King's Road", 'Station Approach', 'Deansgate'],
    numberFirst: true,
    phone: '+44 20 7946 0###',
    firstNames: ['Oliver', 'Siân', 'Harriet', 'Priya'],
    lastNames: ['Fairclough', 'Okafor', "D'Arcy", 'Whitby'],
    companies: ['{last} Ltd', '{last}, {other} & Partners LLP', '{city} Scaffolding Ltd'],
  },
  {
    code: 'FR',
    name: 'France',
    spellings: ['FR', 'FRANCE', 'République française'],
    currency: 'EUR',
    share: 8,
    cities: [
      ['Paris', '', '750##'],
      ["L'Haÿ-les-Roses", 'Île-de-France', '94240'],
      ['Lyon', '', '6900#'],
    ],
    streets: ['rue de la Paix', 'avenue des Champs-Élysées', 'quai d’Orsay'],
    numberFirst: true,
    phone: '+33 1 42 ## ## ##',
    firstNames: ['Hélène', 'François', 'Zoé', 'Benoît'],
    lastNames: ['Lefèvre', 'Dubois', 'Garçon', 'Œuvrard'],
    companies: ['{last} SARL', 'Établissements {last} & {other}', 'Boulangerie {last} SAS'],
  },
  {
    code: 'ES',
    name: 'Spain',
    spellings: ['España', 'ES', 'Espana'],
    currency: 'EUR',
    share: 6,
    cities: [
      ['Madrid', 'Madrid', '280##'],
      ['Málaga', 'Andalucía', '290##'],
    ],
    streets: ['Calle Mayor', 'Avenida de la Constitución', 'Plaza de España'],
    numberFirst: false,
    phone: '+34 915 ## ## ##',
    firstNames: ['Íñigo', 'Lucía', 'José María'],
    lastNames: ['Muñoz', 'García López', 'Ibáñez'],
    companies: ['{last} e Hijos S.L.', 'Talleres {last} S.A.'],
  },
  {
    code: 'SE',
    name: 'Sweden',
    spellings: ['Sverige', 'SE'],
    currency: 'SEK',
    share: 5,
    cities: [
      ['Malmö', '', '21# ##'],
      ['Göteborg', '', '41# ##'],
    ],
    streets: ['Drottninggatan', 'Södra Förstadsgatan'],
    numberFirst: false,
    phone: '+46 8 50# ## ##',
    firstNames: ['Åsa', 'Göran', 'Linnéa'],
    lastNames: ['Ångström', 'Björk', 'Lindqvist'],
    companies: ['{last} AB', '{last} Bygg & Måleri AB'],
  },
  {
    code: 'JP',
    name: 'Japan',
    spellings: ['日本', 'JP', 'JAPAN'],
    currency: 'JPY',
    share: 4,
    cities: [
      ['東京都港区', '東京都', '105-00##'],
      ['Osaka', 'Osaka', '530-00##'],
    ],
    streets: ['虎ノ門', 'Umeda'],
    numberFirst: false,
    phone: '+81 3-3###-####',
    firstNames: ['さくら', '健太', 'Haruto'],
    lastNames: ['佐藤', '鈴木', 'Tanaka'],
    companies: ['株式会社{last}商事', '{last}工業株式会社', '{last} Trading K.K.'],
  },
  {
    code: 'KW',
    name: 'Kuwait',
    spellings: ['الكويت', 'KW', 'State of Kuwait'],
    currency: 'KWD',
    share: 2,
    cities: [['Kuwait City', '', '130##']],
    streets: ['شارع فهد السالم', 'Al Hamra Street'],
    numberFirst: false,
    phone: '+965 22## ####',
    firstNames: ['نورة', 'Fahad'],
    lastNames: ['العجمي', 'Al-Sabah'],
    companies: ['شركة {last} للتجارة العامة', '{last} General Trading Co.'],
  },
  {
    code: 'IN',
    name: 'India',
    spellings: ['Bharat', 'IN', 'INDIA'],
    currency: 'INR',
    share: 4,
    cities: [
      ['Mumbai', 'Maharashtra', '4000##'],
      ['Bengaluru', 'Karnataka', '5600##'],
    ],
    streets: ['MG Road', 'Linking Road, Bandra (West)'],
    numberFirst: true,
    phone: '+91 98200 #####',
    firstNames: ['Ananya', 'Rohit'],
    lastNames: ['Iyer', 'Chatterjee', 'Patel'],
    companies: ['{last} Exports Pvt. Ltd.', 'Shri {last} Traders'],
  },
  {
    code: 'AU',
    name: 'Australia',
    spellings: ['AU', 'AUS'],
    currency: 'AUD',
    share: 4,
    cities: [
      ['Sydney', 'NSW', '20##'],
      ['Melbourne', 'VIC', '30##'],
    ],
    streets: ['George St', 'Collins Street'],
    numberFirst: true,
    phone: '+61 2 5550 ####',
    firstNames: ['Bruce', 'Kylie'],
    lastNames: ['McAllister', 'Nguyen'],
    companies: ['{last} Plumbing Pty Ltd', '{last} & {other} Pty Ltd'],
  },
  {
    code: 'CA',
    name: 'Canada',
    spellings: ['CA', 'CAN'],
    currency: 'CAD',
    share: 4,
    cities: [
      ['Montréal', 'QC', 'H2Y #C6'],
      ['Toronto', 'Ontario', 'M5V #L9'],
    ],
    streets: ['rue Sainte-Catherine O', 'King St W'],
    numberFirst: true,
    phone: '(416) 555-01##',
    firstNames: ['Geneviève', 'Liam'],
    lastNames: ['Tremblay', 'MacDonald'],
    companies: ['{last} Inc.', 'Les Entreprises {last} ltée'],
  },
  {
    code: 'KR',
    name: 'South Korea',
    spellings: ['Korea, Republic of', 'KR', '대한민국'],
    currency: 'KRW',
    share: 1,
    cities: [['서울', '', '045##']],
    streets: ['세종대로'],
    numberFirst: false,
    phone: '+82 2-2###-####',
    firstNames: ['민준', '서연'],
    lastNames: ['김', '이'],
    companies: ['{last}상사 주식회사', '{last} Electronics Co., Ltd.'],
  },
  {
    code: 'PL',
    name: 'Poland',
    spellings: ['Polska', 'PL'],
    currency: 'PLN',
    share: 1,
    cities: [['Łódź', '', '90-0##']],
    streets: ['ul. Piotrkowska'],
    numberFirst: false,
    phone: '+48 42 6## ## ##',
    firstNames: ['Łukasz', 'Agnieszka'],
    lastNames: ['Wiśniewski', 'Żak'],
    companies: ['{last} Sp. z o.o.'],
  },
]

const byHundred: readonly Place[] = places.flatMap((place) => Array<Place>(place.share).fill(place))

/** A country, drawn by its share of customers. */
export function drawPlace(draw: Draw): Place {
  return byHundred[Math.floor(draw() * byHundred.length)] ?? places[0]
}

/** A company name of this place. */
export function drawCompany(draw: Draw, place: Place, city: string): string {
  return pick(draw, place.companies)
    .replace('{last}', pick(draw, place.lastNames))
    .replace('{other}', pick(draw, place.lastNames))
    .replace('{city}', city)
}

/** Street and house number in the order of the place. */
export function drawStreet(draw: Draw, place: Place): string {
  const street = pick(draw, place.streets)
  const number = fillDigits(draw, draw() < 0.5 ? '1#' : '#7')
  return place.numberFirst ? `${number} ${street}` : `${street} ${number}`
}
