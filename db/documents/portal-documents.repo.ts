/** Documents as the portal reads them: through the view, so limited to one client. Call these as portal reader. */
import type { Trx } from '../core/database.ts'
import type { PortalCaseDocument } from '../core/schema.ts'

/** The documents of a case, the oldest first. */
export const listDocuments = (trx: Trx, caseId: string): Promise<readonly PortalCaseDocument[]> =>
  trx
    .selectFrom('portal_case_documents')
    .selectAll()
    .where('case_id', '=', caseId)
    .orderBy('created_at')
    .orderBy('id')
    .execute()

export const findPortalDocument = (
  trx: Trx,
  caseId: string,
  id: string,
): Promise<PortalCaseDocument | undefined> =>
  trx
    .selectFrom('portal_case_documents')
    .selectAll()
    .where('id', '=', id)
    .where('case_id', '=', caseId)
    .executeTakeFirst()

export const caseExists = async (trx: Trx, caseId: string): Promise<boolean> =>
  (await trx.selectFrom('portal_cases').select('id').where('id', '=', caseId).executeTakeFirst()) !==
  undefined
