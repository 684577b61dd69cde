import type { ComponentChildren } from 'preact'
import { Icon } from '../../components/icons.tsx'
import { Layout } from '../../components/layout.tsx'
import { usePage } from '../../components/page-context.ts'

export interface ErrorView {
  readonly status: number
  readonly code: string
  readonly message: string
  readonly errorId: string
  /** The page tries itself again after so many seconds. */
  readonly retrySeconds: number | undefined
}

const titles: Readonly<Record<number, string>> = {
  400: 'That did not work',
  403: 'You may not do this',
  404: 'There is nothing here',
  405: 'That did not work',
  409: 'That does not fit anymore',
  413: 'That was too large',
  422: 'That could not be accepted',
  429: 'One moment, please',
  503: 'One moment, please',
}

const homes = {
  client: { href: '/integrations', label: 'Go to Integrations' },
  operator: { href: '/operator', label: 'Go to Operations' },
}

const advice: Readonly<Record<number, ComponentChildren>> = {
  404: 'The address may be mistyped, or what it showed was removed.',
  429: 'You may try again in a minute.',
}

const lines = ({ status, message }: ErrorView): readonly ComponentChildren[] =>
  status === 404 ? [advice[404]] : [message, advice[status]].filter(Boolean)

export const ErrorPage = ({ error }: { error: ErrorView }) => {
  const home = homes[usePage().viewer?.role ?? 'client']
  const title = titles[error.status] ?? (error.status >= 500 ? 'Something went wrong' : 'That did not work')
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
              This page tries again by itself in a moment.
            </p>
          )}
          <div class="actions">
            <a class="button button-primary" href={home.href}>
              {home.label}
            </a>
          </div>
          <p class="small">
            Error {error.status}, <code>{error.code}</code>
            <br />
            Quote this to support: <code>{error.errorId}</code>
          </p>
        </div>
      </div>
    </Layout>
  )
}
