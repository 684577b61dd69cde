/**
 * A stand-in for the web application of Zoho Books, where a person changes what the Books API then tells. Its links
 * have Zoho's shape, `/app/<organization>#/invoices/<id>`; plain forms, no script needed.
 */
import { z } from 'zod'
import { type Answer, htmlAnswer } from './answer.ts'
import { settledStatus } from './change-invoice.ts'
import type { Control } from './control.ts'
import { balanceOf, type Customer, type Invoice, isUnpaid, shownStatus } from './invoice.ts'
import { minorUnits, moneyText } from './money.ts'
import {
  type InvoiceRow,
  type InvoiceView,
  renderCustomer,
  renderInvoice,
  renderMissing,
  renderOrganization,
  renderOrganizations,
  type Told,
} from './web-pages.tsx'
import type { Organization, World } from './world.ts'
import { localDate } from './zone-time.ts'

/** Answers everything under `/app`; kept apart from the log, the rules and the limits, as the control API is. */
export type WebApp = (method: string, path: string, query: URLSearchParams, body: Buffer) => Answer

/** Rows on a page: links without a script find their row among these only. */
const SHOWN = 2000

type Module = 'invoices' | 'customer_payments'

/** What was done, what to say of it, and which module's workflow rules run on it (contract 12, 17.3). */
const outcomes = {
  pay: { what: 'The payment was recorded.', module: 'customer_payments' },
  unpay: { what: 'The payments were deleted.', module: 'customer_payments' },
  void: { what: 'The invoice was voided.', module: 'invoices' },
  unvoid: { what: 'The invoice is open again.', module: 'invoices' },
  edit: { what: 'The changes were saved.', module: 'invoices' },
  'add-webhook': {
    what: 'The workflow rules were added. They last until the simulator ends.',
    module: undefined,
  },
  'remove-webhooks': { what: 'The workflow rules were removed.', module: undefined },
} as const satisfies Record<string, { what: string; module: Module | undefined }>

type Done = keyof typeof outcomes

const isDone = (text: string): text is Done => Object.hasOwn(outcomes, text)

const amount = z
  .string()
  .trim()
  .regex(/^\d{1,12}(\.\d{1,3})?$/, 'The amount must be a number like 120.50.')
const date = z.union([z.literal(''), z.iso.date()], 'A date must be written like 2026-05-31.')
const words = z.string().trim().max(500, 'A field may have 500 characters.')

const addressFields = {
  address: words,
  street2: words,
  city: words,
  zip: words,
  state: words,
  country: words,
}

const onInvoice = z.discriminatedUnion('action', [
  z.object({ action: z.literal('pay'), amount }),
  z.object({ action: z.enum(['unpay', 'void', 'unvoid']) }),
  z.object({
    action: z.literal('edit'),
    reference_number: words,
    date,
    due_date: date,
    total: amount,
    ...addressFields,
  }),
])

const onCustomer = z.object({
  action: z.literal('edit'),
  customer_name: words,
  email: words,
  phone: words,
  ...addressFields,
})

const onOrganization = z.discriminatedUnion('action', [
  z.object({
    action: z.literal('add-webhook'),
    url: z.url({ protocol: /^https?$/, error: 'The address must be a URL.' }),
  }),
  z.object({ action: z.literal('remove-webhooks') }),
])

type AddressForm = { [K in keyof typeof addressFields]: string }

/** The country's code goes with its name: a new name has none until Zoho gives it one. */
const billingAddress = ({ address, street2, city, zip, state, country }: AddressForm, before: Customer) => ({
  address,
  street2,
  city,
  zip,
  state,
  country,
  ...(country === before.address.country.trim() ? {} : { country_code: '' }),
})

/** A mistake in a form, for the person who made it. */
class FormProblem extends Error {}

const parse = <T>(schema: z.ZodType<T>, form: Record<string, string>): T => {
  const parsed = schema.safeParse(form)
  if (parsed.success) return parsed.data
  throw new FormProblem(parsed.error.issues[0]?.message ?? 'The form cannot be read.')
}

/** The pages over one world; what they do goes through its control. */
export function createWebApp(world: World, control: Control): WebApp {
  const todayOf = ({ zone }: Organization) => localDate(zone, world.clock.now())

  const rowOf = (organization: Organization, invoice: Invoice): InvoiceRow => ({
    id: invoice.id,
    number: invoice.number,
    customerName: invoice.customer.name.trim() || 'without a name',
    status: shownStatus(invoice, todayOf(organization), world.switches.partPaidOverdueAs),
    balance: moneyText(balanceOf(invoice), invoice.customer.currency.digits),
    currencyCode: invoice.customer.currency.code,
  })

  const viewOf = (organization: Organization, invoice: Invoice): InvoiceView => {
    const { digits } = invoice.customer.currency
    return {
      ...rowOf(organization, invoice),
      reference: invoice.reference,
      date: invoice.date,
      dueDate: invoice.dueDate,
      total: moneyText(invoice.total, digits),
      paid: moneyText(invoice.paid, digits),
      customer: invoice.customer,
      payable: isUnpaid(invoice) && balanceOf(invoice) > 0,
    }
  }

  const placeOf = ({ id, name }: Organization) => ({ organizationId: id, organizationName: name })

  const rulesOf = (organization: Organization) =>
    control
      .webhookRules()
      .filter(({ organizationId = organization.id }) => organizationId === organization.id)

  const learnedBy = (organization: Organization, module: Module): string[] => {
    const rules = rulesOf(organization).filter((rule) => rule.module === module)
    return [
      ...rules.map(
        ({ url }) =>
          `A workflow rule sends a webhook to ${new URL(url).origin}: the portal reads it again at once.`,
      ),
      `${rules.length > 0 ? 'Also without it' : 'No webhook is set up here, so'} the portal sees it at its next sync of changes: press Sync now there, or wait for its schedule.`,
      'Create Cases does not rely on either: it asks Zoho Books again about every selected invoice before a case is made.',
    ]
  }

  const toldOf = (organization: Organization, query: URLSearchParams): Told | undefined => {
    const done = query.get('done') ?? ''
    if (!isDone(done)) return undefined
    const { what, module } = outcomes[done]
    return { problem: false, what, learned: module === undefined ? [] : learnedBy(organization, module) }
  }

  const invoicesOf = ({ book }: Organization, wanted: (invoice: Invoice) => boolean): Invoice[] => {
    const found: Invoice[] = []
    for (let index = 0; index < book.size(); index += 1) {
      const invoice = book.at(index)
      if (invoice && wanted(invoice)) found.push(invoice)
    }
    return found
  }

  const organizationPage = (organization: Organization, query: URLSearchParams, problem?: Told): Answer => {
    const text = (query.get('q') ?? '').trim().toLowerCase()
    const found = invoicesOf(
      organization,
      ({ number, customer }) =>
        text === '' || number.toLowerCase().includes(text) || customer.name.toLowerCase().includes(text),
    )
    // What can be collected first, the rest after it.
    const sorted = [...found.filter(isUnpaid), ...found.filter((invoice) => !isUnpaid(invoice))]
    const customers = new Map(
      found.map(({ customer: { id, name } }) => [id, name.trim() || 'without a name']),
    )
    return htmlAnswer(
      problem ? 400 : 200,
      renderOrganization({
        ...placeOf(organization),
        query: text,
        invoices: sorted.slice(0, SHOWN).map((invoice) => rowOf(organization, invoice)),
        customers: [...customers]
          .slice(0, SHOWN)
          .map(([id, name]) => ({ id, name }))
          .sort((a, b) => a.name.localeCompare(b.name)),
        cut: found.length > SHOWN,
        rules: rulesOf(organization),
        told: problem ?? toldOf(organization, query),
      }),
    )
  }

  const changeOrganization = (organization: Organization, form: Record<string, string>): Done => {
    const input = parse(onOrganization, form)
    if (input.action === 'remove-webhooks')
      for (const { id } of rulesOf(organization)) control.removeWebhookRule(id)
    else
      for (const module of ['customer_payments', 'credit_notes', 'invoices'] as const)
        control.addWebhookRule({ module, url: input.url, organizationId: organization.id })
    return input.action
  }

  const changeInvoice = (invoice: Invoice, form: Record<string, string>): Done => {
    const input = parse(onInvoice, form)
    if (input.action === 'pay') {
      const { digits } = invoice.customer.currency
      if (!isUnpaid(invoice)) throw new FormProblem('This invoice cannot be paid as it stands.')
      if (Number(input.amount) <= 0 || Number(input.amount) * 10 ** digits > balanceOf(invoice))
        throw new FormProblem(
          `The amount must be above 0 and at most ${moneyText(balanceOf(invoice), digits)}.`,
        )
      control.pay(invoice.id, input.amount)
    } else if (input.action === 'edit') {
      const { action: _action, reference_number, date, due_date, total, ...address } = input
      const { digits } = invoice.customer.currency
      const changed = { ...invoice, total: minorUnits(total, digits) }
      if (balanceOf(changed) < 0)
        throw new FormProblem('The total must not be less than what was paid and credited already.')
      control.edit(invoice.id, {
        reference_number,
        date,
        due_date,
        total,
        status: settledStatus(changed),
        billing_address: billingAddress(address, invoice.customer),
      })
    } else {
      control[input.action](invoice.id)
    }
    return input.action
  }

  const changeCustomer = (
    { id: organizationId }: Organization,
    customer: Customer,
    invoices: readonly Invoice[],
    form: Record<string, string>,
  ): Done => {
    const { action, customer_name, email, phone, ...address } = parse(onCustomer, form)
    for (const { id } of invoices.filter(isUnpaid))
      control.edit(id, {
        customer_name,
        email,
        phone,
        billing_address: { ...billingAddress(address, customer), phone },
      })
    control.editContact(customer.id, { contact_name: customer_name, email, phone }, organizationId)
    return action
  }

  /** Carries out a form and shows the page again, so that a reload repeats nothing. */
  const afterForm = (path: string, change: () => Done, again: (problem: Told) => Answer): Answer => {
    try {
      return { status: 303, headers: { Location: `${path}?done=${change()}` }, body: '' }
    } catch (error) {
      if (error instanceof FormProblem) return again({ problem: true, what: error.message, learned: [] })
      throw error
    }
  }

  return (method, path, query, body) => {
    const post =
      method === 'POST' ? Object.fromEntries(new URLSearchParams(body.toString('utf8'))) : undefined
    const [, , organizationId = '', kind, id = ''] = path.replace(/\/$/, '').split('/')
    if (organizationId === '')
      return htmlAnswer(
        200,
        renderOrganizations(
          [...world.organizations.values()].map((one) => ({ ...placeOf(one), invoices: one.book.size() })),
        ),
      )
    const organization = world.organizations.get(organizationId)
    if (!organization) return htmlAnswer(404, renderMissing('organization'))
    const place = placeOf(organization)
    if (kind === undefined)
      return post
        ? afterForm(
            path,
            () => changeOrganization(organization, post),
            (problem) => organizationPage(organization, query, problem),
          )
        : organizationPage(organization, query)
    if (kind === 'invoices') {
      const invoice = organization.book.find(id)
      if (!invoice) return htmlAnswer(404, renderMissing('invoice'))
      const show = (status: number, told?: Told) =>
        htmlAnswer(status, renderInvoice(place, viewOf(organization, invoice), told))
      return post
        ? afterForm(
            path,
            () => changeInvoice(invoice, post),
            (problem) => show(400, problem),
          )
        : show(200, toldOf(organization, query))
    }
    const invoices = kind === 'contacts' ? invoicesOf(organization, ({ customer }) => customer.id === id) : []
    // An unpaid one shows the customer as it is now: paid ones keep what they were made with.
    const customer = (invoices.find(isUnpaid) ?? invoices[0])?.customer
    if (!customer) return htmlAnswer(404, renderMissing(kind === 'contacts' ? 'customer' : 'page'))
    const show = (status: number, told?: Told) => {
      const rows = invoices.map((invoice) => rowOf(organization, invoice))
      return htmlAnswer(status, renderCustomer(place, { customer, invoices: rows }, told))
    }
    return post
      ? afterForm(
          path,
          () => changeCustomer(organization, customer, invoices, post),
          (problem) => show(400, problem),
        )
      : show(200, toldOf(organization, query))
  }
}
