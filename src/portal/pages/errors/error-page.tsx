import type { ComponentChildren } from 'preact'
import { Icon } from '../../components/icons.tsx'
import { Layout } from '../../components/layout.tsx'
import { usePage } from '../../components/page-context.ts'
import { errorPage as words } from './words.tsx'

export interface ErrorView {
  readonly status: number
  readonly code: string
  readonly message: string
  readonly errorId: string
  /** The page tries itself again after so many seconds. */
  readonly retrySeconds: number | undefined
}

const titles: Readonly<Record<number, string>> = {
  400: words.thatDidNotWork,
  403: words.youMayNotDoThis,
  404: words.thereIsNothingHere,
  405: words.thatDidNotWork,
  409: words.thatDoesNotFitAnymore,
  413: words.thatWasTooLarge,
  422: words.thatCouldNotBeAccepted,
  429: words.oneMomentPlease,
  503: words.oneMomentPlease,
}

const homes = {
  client: { href: '/integrations', label: words.goToIntegrations },
  operator: { href: '/operator', label: words.goToOperations },
}

const advice: Readonly<Record<number, ComponentChildren>> = {
  404: words.theAddressMayBeMistyped,
  429: words.youMayTryAgainIn,
}

const lines = ({ status, message }: ErrorView): readonly ComponentChildren[] =>
  status === 404 ? [advice[404]] : [message, advice[status]].filter(Boolean)

export const ErrorPage = ({ error }: { error: ErrorView }) => {
  const home = homes[usePage().viewer?.role ?? 'client']
  const title =
    titles[error.status] ?? (error.status >= 500 ? words.somethingWentWrong : words.thatDidNotWork)
  return (
    <Layout title={title}>
      <div class="card narrow">
        <div class="empty">
          <div class="emblem">
            <Icon name="lost" size={24} />
          </div>
          <h1>{title}</h1>
          {lines(error).map((line) => (
            <p key={String(line)}>{line}</p>
          ))}
          {error.retrySeconds !== undefined && (
            <p class="needs-js" data-retry={String(error.retrySeconds)}>
              {words.thisPageTriesAgainBy}
            </p>
          )}
          <div class="actions">
            <a class="button button-primary" href={home.href}>
              {home.label}
            </a>
          </div>
          <p class="small">{words.errorQuoteThisToSupport(error.status, error.code, error.errorId)}</p>
        </div>
      </div>
    </Layout>
  )
}
