import type { Ctx } from '../context.ts'
export const reassessStagedInvoices = async (_ctx: Ctx, _options: { signal?: AbortSignal } = {}): Promise<void> => {}
