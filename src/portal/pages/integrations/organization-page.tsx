import { WriteForm } from '../../components/form.tsx'
import { Layout } from '../../components/layout.tsx'
import { Notice } from '../../components/notice.tsx'

export interface OrganizationView {
  readonly id: string
  readonly name: string
  readonly active: boolean
  readonly current: boolean
}

const Choice = ({ organization }: { organization: OrganizationView }) => (
  <label class="choice">
    <input
      type="radio"
      name="organizationId"
      value={organization.id}
      checked={organization.current}
      disabled={!organization.active}
      required
    />
    <span>
      {organization.name}
      <span class="hint">
        {' '}
        {organization.current ? 'connected now' : organization.active ? '' : 'not active in Zoho'}
      </span>
    </span>
  </label>
)

export const OrganizationPage = ({
  organizations,
  problem,
}: {
  organizations: readonly OrganizationView[]
  problem: string | undefined
}) => (
  <Layout title="Change organization" section="/integrations">
    <div class="narrow">
      <p class="crumbs">
        <a href="/integrations">Integrations</a>
      </p>
      <div class="card">
        <div class="card-body stack">
          <h1>Change organization</h1>
          {problem !== undefined && <Notice tone="bad" title={problem} />}
          {organizations.length > 0 && (
            <WriteForm action="/integrations/zoho-books/organization" class="stack">
              <fieldset class="stack-s">
                <legend class="label">Organizations of the connected Zoho account</legend>
                {organizations.map((organization) => (
                  <Choice key={organization.id} organization={organization} />
                ))}
              </fieldset>
              <p class="muted">
                The imported invoices of the current organization leave Bulk Import and those of the new one
                are read. Your cases stay.
              </p>
              <div class="actions">
                <button type="submit" class="button button-primary">
                  Use this organization
                </button>
                <a class="button" href="/integrations">
                  Cancel
                </a>
              </div>
            </WriteForm>
          )}
        </div>
      </div>
    </div>
  </Layout>
)
