import { z } from 'zod'
import { jsonAnswer } from './answer.ts'
import { webhookEvents, webhookModules } from './book-events.ts'
import { contactFields } from './contacts.ts'
import { type Control, userInput } from './control.ts'
import { failureRule, requestMatch } from './failure-rules.ts'
import type { ControlHandler } from './http-server.ts'
import { invoiceFields } from './invoice-input.ts'
import { oddDate } from './odd-times.ts'
import { organizationInput } from './organization-input.ts'
import { applicationsInput, paymentInput } from './settlement-commands.ts'
import { shownAs, shownTime } from './views.ts'
import { webhookRule } from './webhook-rules.ts'
import { webhookOptions } from './webhook-sender.ts'

type Run = (control: Control, input: unknown) => unknown

function command<Schema extends z.ZodType>(
  schema: Schema,
  run: (control: Control, input: z.output<Schema>) => unknown,
): Run {
  return (control, input) => run(control, schema.parse(input))
}

const invoiceId = z.string()
const ofInvoice = z.object({ invoiceId })
const amount = z.union([z.number(), z.string()])
const withAmount = z.object({ invoiceId, amount })
const ofOrganization = z.object({ organizationId: z.string().optional() })
const nothing = z.object({})
const record = z.record(z.string(), z.unknown())
const milliseconds = z.object({ ms: z.coerce.number() })

const limits = z.union([
  z.enum(['off', 'real']),
  z.object({
    perMinute: z.number().int().min(0),
    perDay: z.number().int().min(0),
    concurrent: z.number().int().min(0),
    blockSeconds: z.number().min(0).default(0),
    countRefused: z.boolean().default(false),
  }),
])

const switches = z.object({
  scopeKey: z.boolean().optional(),
  apiDomain: z.enum(['own', 'absent', 'generic']).optional(),
  throttleText: z.enum(['english', 'localised']).optional(),
  throttleStatus: z.union([z.literal(400), z.literal(200)]).optional(),
  throttleTokens: z.boolean().optional(),
  throttleCodes: z.boolean().optional(),
  denyState: z.boolean().optional(),
  locationParameters: z.boolean().optional(),
  accountsServer: z.string().nullable().optional(),
  retryAfter: z.boolean().optional(),
  rateLimitHeadersOn429: z.boolean().optional(),
  duplicateRows: z.boolean().optional(),
  missingOrganization: z.enum(['refuse', 'default']).optional(),
  activeFlag: z.enum(['nested', 'top']).optional(),
  partPaidOverdueAs: z.enum(['overdue', 'partially_paid']).optional(),
  invoiceRulesOnPayment: z.boolean().optional(),
})

/** Without the keys that were left out, as `exactOptionalPropertyTypes` wants it. */
function given<T extends object>(input: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }
}

const commands: Readonly<Record<string, Run>> = {
  pay: command(z.object({ invoiceId, amount: amount.optional() }), (c, i) => c.pay(i.invoiceId, i.amount)),
  unpay: command(ofInvoice, (c, i) => c.unpay(i.invoiceId)),
  recordPayment: command(paymentInput, (c, i) => c.recordPayment(i)),
  editPayment: command(
    paymentInput.partial().extend({ paymentId: z.string() }),
    (c, { paymentId, ...change }) => c.editPayment(paymentId, given(change)),
  ),
  deletePayment: command(z.object({ paymentId: z.string() }), (c, i) => c.deletePayment(i.paymentId)),
  settlements: command(ofOrganization, (c, i) => c.settlements(i.organizationId)),
  setUnusedCredits: command(withAmount, (c, i) => c.setUnusedCredits(i.invoiceId, i.amount)),
  credit: command(withAmount, (c, i) => c.credit(i.invoiceId, i.amount)),
  applyCredit: command(
    z.object({ invoices: applicationsInput, creditNoteId: z.string().optional() }),
    (c, i) => c.applyCredit(given(i)),
  ),
  deleteCredit: command(z.object({ creditNoteId: z.string() }), (c, i) => c.deleteCredit(i.creditNoteId)),
  cancelWriteOff: command(ofInvoice, (c, i) => c.cancelWriteOff(i.invoiceId)),
  writeOff: command(ofInvoice, (c, i) => c.writeOff(i.invoiceId)),
  startPayment: command(withAmount, (c, i) => c.startPayment(i.invoiceId, i.amount)),
  void: command(ofInvoice, (c, i) => c.void(i.invoiceId)),
  unvoid: command(ofInvoice, (c, i) => c.unvoid(i.invoiceId)),
  toDraft: command(ofInvoice, (c, i) => c.toDraft(i.invoiceId)),
  markSent: command(ofInvoice, (c, i) => c.markSent(i.invoiceId)),
  delete: command(ofInvoice, (c, i) => c.delete(i.invoiceId)),
  edit: command(z.object({ invoiceId, fields: z.looseObject({}) }), (c, i) =>
    c.edit(i.invoiceId, given(invoiceFields.strict().parse(i.fields))),
  ),
  setRaw: command(
    z.object({ invoiceId, list: record.nullable().optional(), detail: record.nullable().optional() }),
    (c, i) => c.setRaw(i.invoiceId, given({ list: i.list, detail: i.detail })),
  ),
  showAs: command(
    z.object({ invoiceId, list: shownAs.optional(), detail: shownAs.optional() }),
    (c, { invoiceId: id, ...as }) => c.showAs(id, given(as) as Parameters<Control['showAs']>[1]),
  ),
  setTimes: command(
    z.object({
      invoiceId,
      list: shownTime.optional(),
      detail: shownTime.optional(),
      stored: shownTime.optional(),
    }),
    (c, { invoiceId: id, ...times }) => c.setTimes(id, given(times)),
  ),
  addInvoice: command(
    z.looseObject({ organization_id: z.string().optional() }),
    (c, { organization_id, ...fields }) =>
      c.addInvoice(given({ ...invoiceFields.strict().parse(fields), organization_id })),
  ),
  editContact: command(
    z.object({
      customerId: z.string(),
      fields: contactFields.strict(),
      organizationId: z.string().optional(),
    }),
    (c, i) => c.editContact(i.customerId, given(i.fields), i.organizationId),
  ),
  invoice: command(ofInvoice, (c, i) => c.invoice(i.invoiceId) ?? null),
  invoices: command(ofOrganization, (c, i) => c.invoices(i.organizationId)),
  unpaidTruth: command(ofOrganization, (c, i) => c.unpaidTruth(i.organizationId)),
  organizations: command(nothing, (c) => c.organizations()),
  users: command(nothing, (c) => c.users()),
  addOrganization: command(organizationInput.extend({ userId: z.string().nullable().optional() }), (c, i) =>
    c.addOrganization(given(i)),
  ),
  updateOrganization: command(
    z.object({
      organizationId: z.string(),
      name: z.string().optional(),
      isActive: z.boolean().optional(),
      isDefault: z.boolean().optional(),
      raw: record.optional(),
    }),
    (c, { organizationId, ...change }) => c.updateOrganization(organizationId, given(change)),
  ),
  setOrganizations: command(
    z.object({ organizationIds: z.array(z.string()), userId: z.string().optional() }),
    (c, i) => c.setOrganizations(i.organizationIds, i.userId),
  ),
  addUser: command(userInput, (c, i) => c.addUser(given(i))),
  removeUserFromOrganization: command(
    z.object({ organizationId: z.string(), userId: z.string().optional() }),
    (c, i) => c.removeUserFromOrganization(i.organizationId, i.userId),
  ),
  revoke: command(z.object({ userId: z.string().optional(), clientId: z.string().optional() }), (c, i) =>
    c.revoke(i.userId, i.clientId),
  ),
  expireAccessTokens: command(z.object({ userId: z.string().optional() }), (c, i) =>
    c.expireAccessTokens(i.userId),
  ),
  recordIssued: command(nothing, (c) => c.recordIssued()),
  issuedSecrets: command(nothing, (c) => c.issuedSecrets()),
  fail: command(failureRule, (c, i) => c.fail(i)),
  before: command(
    z.object({
      match: requestMatch.default({}),
      nth: z.number().int().min(1).default(1),
      command: z.string(),
      input: z.unknown().optional(),
    }),
    (c, { match, nth, command: name, input }) => {
      const run = named(name)
      return c.before(match, nth, () => void run(c, input ?? {}))
    },
  ),
  removeRule: command(z.object({ id: z.coerce.number() }), (c, i) => c.removeRule(i.id)),
  clearRules: command(nothing, (c) => c.clearRules()),
  setSwitches: command(switches.strict(), (c, i) => c.setSwitches(given(i))),
  setLimits: command(z.object({ limits }), (c, i) => c.setLimits(i.limits)),
  setLatency: command(milliseconds, (c, i) => c.setLatency(i.ms)),
  setDateHeader: command(z.object({ date: oddDate.nullable(), match: requestMatch.optional() }), (c, i) =>
    c.setDateHeader(i.date, i.match),
  ),
  now: command(nothing, (c) => c.now()),
  advanceClock: command(milliseconds, (c, i) => c.advanceClock(i.ms)),
  setClock: command(milliseconds, (c, i) => c.setClock(i.ms)),
  setClockRate: command(z.object({ rate: z.coerce.number().min(0) }), (c, i) => c.setClockRate(i.rate)),
  requests: command(requestMatch, (c, i) => c.requests(i)),
  counters: command(nothing, (c) => c.counters()),
  clearLog: command(nothing, (c) => c.clearLog()),
  meter: command(ofOrganization, (c, i) => c.meter(i.organizationId)),
  webhookPayload: command(ofInvoice, (c, i) => c.webhookPayload(i.invoiceId)),
  sendWebhook: command(
    webhookOptions.extend({ url: z.url(), invoiceId }),
    (c, { url, invoiceId: id, ...options }) => c.sendWebhook(url, id, given(options)),
  ),
  subscribeWebhook: command(webhookOptions.extend({ url: z.url() }), (c, { url, ...options }) => {
    c.subscribeWebhook(url, given(options))
  }),
  addWebhookRule: command(webhookRule.strict(), (c, i) => c.addWebhookRule(i)),
  removeWebhookRule: command(z.object({ id: z.coerce.number() }), (c, i) => c.removeWebhookRule(i.id)),
  webhookRules: command(nothing, (c) => c.webhookRules()),
  webhookDeliveries: command(
    z.object({
      ruleId: z.coerce.number().optional(),
      module: z.enum(webhookModules).optional(),
      event: z.enum(webhookEvents).optional(),
      invoiceId: z.string().optional(),
    }),
    (c, i) => c.webhookDeliveries(given(i)),
  ),
  clearWebhookDeliveries: command(nothing, (c) => c.clearWebhookDeliveries()),
  resendWebhook: command(z.object({ deliveryId: z.coerce.number() }), (c, i) =>
    c.resendWebhook(i.deliveryId),
  ),
  webhooksSettled: command(nothing, (c) => c.webhooksSettled()),
}

function named(name: string): Run {
  const run = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!run) throw new Error(`no command ${name}; there are: ${Object.keys(commands).join(', ')}`)
  return run
}

/** The control over HTTP: `POST /__control/<command>` with JSON, or GET with the input as query parameters. */
export function createControlApi(control: Control): ControlHandler {
  return async (_method, name, query, body) => {
    try {
      const input: unknown = body.length > 0 ? JSON.parse(body.toString('utf8')) : Object.fromEntries(query)
      return jsonAnswer(200, { result: (await named(name)(control, input)) ?? null })
    } catch (error) {
      const message = error instanceof z.ZodError ? z.prettifyError(error) : String(error)
      return jsonAnswer(400, { error: message })
    }
  }
}
