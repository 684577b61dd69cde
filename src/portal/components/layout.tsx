import type { ComponentChildren } from 'preact'
import { WriteForm } from './form.tsx'
import { Icon } from './icons.tsx'
import { usePage } from './page-context.ts'
import { layout as words } from './words.tsx'

interface SectionLink {
  readonly href: string
  readonly label: string
  /** The rest of the name, which only the eye misses where there is no room for it. */
  readonly more?: string
}

const sections = {
  client: [
    { href: '/integrations', label: words.integrations },
    { href: '/bulk-import', label: words.bulkImport, more: ' (Integration)' },
    { href: '/cases', label: words.cases },
  ],
  operator: [
    { href: '/operator', label: words.operations },
    { href: '/operator/connections', label: words.connections },
    { href: '/operator/commands', label: words.commands },
    { href: '/operator/webhooks', label: words.webhooks },
    { href: '/operator/queues', label: words.queues },
  ],
} as const satisfies Record<string, readonly SectionLink[]>

/** Where a page stands in the navigation. */
export type Section = (typeof sections)['client' | 'operator'][number]['href']

const Navigation = ({ section, role }: { section: Section | undefined; role: keyof typeof sections }) => (
  <nav class="nav" aria-label={words.main}>
    {sections[role].map(({ href, label, more }: SectionLink) => (
      <a key={href} href={href} aria-current={href === section ? 'page' : undefined}>
        {label}
        {more !== undefined && <span class="nav-more">{more}</span>}
      </a>
    ))}
  </nav>
)

const Who = () => {
  const { viewer } = usePage()
  if (!viewer) return null
  return (
    <div class="who">
      <a class="who-name" href="/sessions" title={`${viewer.name}, ${viewer.clientName}: sign-ins`}>
        {viewer.clientName}
      </a>
      <WriteForm action="/sign-out">
        <button type="submit" class="button button-quiet button-small">
          {words.signOut}
        </button>
      </WriteForm>
    </div>
  )
}

/** The frame of every page: head, skip link, navigation, main. `scripts` are modules of `assets/` it needs besides `portal.js`. */
export const Layout = ({
  title,
  section,
  scripts = [],
  wide = false,
  children,
}: {
  title: string
  section?: Section | undefined
  scripts?: readonly string[]
  /** As wide as the screen allows: for tables of many columns. */
  wide?: boolean
  children: ComponentChildren
}) => {
  const { format, asset, viewer, hosts, part } = usePage()
  if (part)
    return (
      <html lang="en">
        <head>
          <title>{`${title} · Debitura`}</title>
        </head>
        <body>{children}</body>
      </html>
    )
  return (
    <html lang="en" data-locale={format.locale} data-hosts={hosts?.join(' ')}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>{`${title} · Debitura`}</title>
        <link rel="icon" href={asset('favicon.svg')} type="image/svg+xml" />
        {/* Every script imports it: asked for now, it is there when the first of them is. */}
        <link rel="modulepreload" href="/assets/shared.js" />
        {['portal.js', ...(hosts ? ['frame.js'] : []), ...scripts].map((name) => (
          <script key={name} type="module" src={asset(name)} />
        ))}
      </head>
      <body class={wide ? 'wide' : undefined}>
        <a class="skip" href="#main">
          {words.skipToContent}
        </a>
        <header class="topbar">
          <div class="topbar-inner">
            <a class="wordmark" href={viewer ? sections[viewer.role][0].href : '/sign-in'}>
              <Icon name="mark" size={24} />
              {words.debitura}
            </a>
            {viewer && <Navigation section={section} role={viewer.role} />}
            <Who />
          </div>
        </header>
        <main id="main" tabIndex={-1}>
          {children}
        </main>
        <p class="visually-hidden" role="status" id="announce" />
      </body>
    </html>
  )
}
