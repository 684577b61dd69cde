import { WriteForm } from '../../components/form.tsx'
import { Layout } from '../../components/layout.tsx'
import { Notice } from '../../components/notice.tsx'
import { organizationPage as words } from './words.tsx'

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
        {organization.current ? words.connectedNow : organization.active ? '' : words.notActiveInZoho}
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
  <Layout title={words.changeOrganization} section="/integrations">
    <div class="narrow">
      <p class="crumbs">
        <a href="/integrations">{words.integrations}</a>
      </p>
      <div class="card">
        <div class="card-body stack">
          <h1>{words.changeOrganization}</h1>
          {problem !== undefined && <Notice tone="bad" title={problem} />}
          {organizations.length > 0 && (
            <WriteForm action="/integrations/zoho-books/organization" class="stack">
              <fieldset class="stack-s">
                <legend class="label">{words.organizationsOfTheConnectedZoho}</legend>
                {organizations.map((organization) => (
                  <Choice key={organization.id} organization={organization} />
                ))}
              </fieldset>
              <p class="muted">{words.theImportedInvoicesOfThe}</p>
              <div class="actions">
                <button type="submit" class="button button-primary">
                  {words.useThisOrganization}
                </button>
                <a class="button" href="/integrations">
                  {words.cancel}
                </a>
              </div>
            </WriteForm>
          )}
        </div>
      </div>
    </div>
  </Layout>
)
