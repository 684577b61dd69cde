import type { FeedEvent } from '../../db/events/events.repo.ts'
import { presentAmount } from '../values/money.ts'

/** An event as the feed has it. */
export interface PresentedEvent {
  readonly id: string
  readonly sequence: number
  readonly type: string
  readonly clientId: string
  readonly subject: string
  readonly occurredAt: string
  readonly data: Readonly<Record<string, unknown>>
}

const amounts = ['amountToRecover', 'outstanding'] as const

/** Amounts with the decimals of their currency, as the API shows them everywhere. */
const presentData = (data: FeedEvent['data']): PresentedEvent['data'] => {
  const currency = data['currencyCode']
  if (typeof currency !== 'string') return data
  const shown = amounts.flatMap((name) => {
    const amount = data[name]
    return typeof amount === 'string' ? [[name, presentAmount(amount, currency)] as const] : []
  })
  return { ...data, ...Object.fromEntries(shown) }
}

export const presentEvent = (event: FeedEvent): PresentedEvent => ({
  id: event.id,
  sequence: event.sequence,
  type: event.type,
  clientId: event.clientId,
  subject: event.subject,
  occurredAt: event.occurredAt.toISOString(),
  data: presentData(event.data),
})
