import { currencyId } from './invoice-json.ts'
import type { Organization, Switches } from './world.ts'

/** One entry of GET /organizations in the recorded shape (contract 5). */
export function organizationEntry(organization: Organization, owner: string, switches: Switches): unknown {
  const { currency } = organization
  const active = organization.isActive
  return {
    organization_id: organization.id,
    name: organization.name,
    contact_name: 'Jane Roe',
    email: owner,
    is_default_org: organization.isDefault,
    ...(switches.activeFlag === 'top' ? { is_org_active: active } : {}),
    language_code: 'en',
    fiscal_year_start_month: '1',
    account_created_date: organization.createdDate,
    time_zone: organization.zone,
    is_dst_active: true,
    date_format: 'dd MMM yyyy',
    field_separator: ' ',
    industry_type: 'Technology',
    industry_size: '1-10',
    company_id_label: '',
    company_id_value: '',
    tax_id_label: '',
    tax_id_value: '',
    currency_id: currencyId(organization, currency),
    currency_code: currency.code,
    currency_symbol: currency.symbol,
    currency_format: currency.digits === 0 ? '#,##0' : `#,##0.${'0'.repeat(currency.digits)}`,
    price_precision: currency.digits,
    plan_type: 3,
    plan_name: 'Professional',
    plan_period: 'Month',
    country_code: organization.countryCode,
    country_name: new Intl.DisplayNames('en', { type: 'region' }).of(organization.countryCode) ?? '',
    portal_name: organization.portalName,
    ...(switches.activeFlag === 'nested' ? { org_settings: { is_org_active: active } } : {}),
    ...organization.raw,
  }
}
