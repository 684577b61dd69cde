/** The accounts server: consent URL, code exchange, refresh, revocation (contract 2 and 3). */

import type { Logger } from 'pino'
import { AuthorizationCode } from 'simple-oauth2'
import type { Config } from '../config.ts'
import { AppError, isAppError } from '../errors.ts'
import type { DataCenter, ZohoClient } from './client.ts'
import type { DataCenterTable } from './data-centers.ts'
import type { HttpAnswer, Send } from './http.ts'
import { tryParseJson } from './json.ts'
import { type ObserveZoho, observed } from './observe.ts'
import { askedScopes } from './scopes.ts'
import { judgeTokenAnswer, type TokenVerdict } from './token-answer.ts'

type AccountsApi = Pick<ZohoClient, 'authorizationUrl' | 'exchangeCode' | 'refresh' | 'revoke'>

interface Parts {
  readonly zoho: Pick<Config['zoho'], 'clientId' | 'clientSecret' | 'clientSecrets'>
  readonly table: DataCenterTable
  readonly send: Send
  readonly log: Logger
  readonly observe: ObserveZoho
}

/** Without both `offline` and `consent` a second grant brings no refresh token (contract 2). */
const consentParameters = ({ state, redirectUri }: { state: string; redirectUri: string }) => ({
  redirect_uri: redirectUri,
  scope: [...askedScopes],
  state,
  access_type: 'offline',
  prompt: 'consent',
})

export const createAccountsApi = ({ zoho, table, send, log, observe }: Parts): AccountsApi => {
  const secretOf = (dataCenter: DataCenter) => zoho.clientSecrets[dataCenter.code] ?? zoho.clientSecret
  const credentials = (dataCenter: DataCenter) => ({
    client_id: zoho.clientId,
    client_secret: secretOf(dataCenter),
  })

  // The grant calls are not left to simple-oauth2: it loses the refresh token and takes a 200 with an error for a
  // token (lelylan/simple-oauth2#459, #58).
  const consent = new AuthorizationCode<'client_id'>({
    // it only builds a URL, and its validation errors repeat what they were given
    client: { id: zoho.clientId, secret: 'not needed here' },
    auth: {
      tokenHost: table.start.accountsUrl,
      tokenPath: '/oauth/v2/token',
      authorizePath: '/oauth/v2/auth',
    },
    options: { scopeSeparator: ',' },
  })

  const askForToken = async (
    dataCenter: DataCenter,
    form: Readonly<Record<string, string>>,
  ): Promise<TokenVerdict> => {
    try {
      const endpoint = '/oauth/v2/token'
      const url = `${dataCenter.accountsUrl}${endpoint}`
      return await observed(
        observe,
        { method: 'POST', endpoint, dataCenter: dataCenter.code },
        async (answered) => {
          const answer = await send({ method: 'POST', url, form: { ...form, ...credentials(dataCenter) } })
          const verdict = judgeTokenAnswer(answer)
          answered({ status: answer.status, code: verdict.verdict === 'token' ? null : verdict.verdict })
          return verdict
        },
      )
    } catch (error) {
      if (!isAppError(error, 'zoho_unavailable')) throw error
      const { code } = (error.cause ?? {}) as { code?: unknown }
      return {
        verdict: 'inconclusive',
        reason: typeof code === 'string' ? code : 'no_answer',
        throttled: false,
      }
    }
  }

  const judgeRevocation = ({ status, body }: HttpAnswer): 'revoked' | 'already_gone' | 'unclear' => {
    const { error } = (tryParseJson(body) ?? {}) as { error?: unknown }
    if (status === 400) return 'already_gone'
    return status >= 200 && status < 300 && error === undefined ? 'revoked' : 'unclear'
  }

  const revokeBy = async (
    dataCenter: DataCenter,
    endpoint: string,
    request: () => Promise<HttpAnswer>,
  ): Promise<'revoked' | 'already_gone' | 'unclear'> => {
    try {
      return await observed(
        observe,
        { method: 'POST', endpoint, dataCenter: dataCenter.code },
        async (answered) => {
          const answer = await request()
          const verdict = judgeRevocation(answer)
          answered({ status: answer.status, code: verdict === 'revoked' ? null : verdict })
          return verdict
        },
      )
    } catch {
      return 'unclear'
    }
  }

  return {
    authorizationUrl: ({ state, redirectUri }) =>
      consent.authorizeURL(consentParameters({ state, redirectUri })),

    exchangeCode: async ({ code, redirectUri, accountsServer }) => {
      const dataCenter = accountsServer === undefined ? table.start : table.byAccountsUrl(accountsServer)
      if (!dataCenter) throw new AppError('unknown_data_center')
      const answer = await askForToken(dataCenter, {
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirectUri,
      })
      if (answer.verdict === 'invalid_code')
        throw new AppError('connect_failed', { details: { reason: 'invalid_code' } })
      if (answer.verdict === 'our_fault')
        throw new AppError('zoho_client_misconfigured', {
          details: { reason: answer.reason, dataCenter: dataCenter.code },
        })
      if (answer.verdict === 'inconclusive')
        throw new AppError(answer.throttled ? 'zoho_token_throttled' : 'zoho_token_unclear', {
          details: { reason: answer.reason },
        })
      const { token, expiresIn } = answer
      if (!token.refresh_token) throw new AppError('connect_no_refresh_token')
      // Tokens are worth something at their own data centre only, so another row's API host is not followed.
      if (token.api_domain && token.api_domain !== dataCenter.apiUrl)
        log.warn({
          event: 'zoho.api_domain_ignored',
          dataCenter: dataCenter.code,
          named: table.byApiUrl(token.api_domain)?.code ?? 'unknown',
        })
      return {
        accessToken: token.access_token,
        expiresIn,
        refreshToken: token.refresh_token,
        // left out: what was asked for (RFC 6749, 5.1)
        scope: token.scope ?? askedScopes.join(' '),
        dataCenter,
      }
    },

    refresh: async ({ dataCenter, refreshToken }) => {
      const answer = await askForToken(dataCenter, {
        grant_type: 'refresh_token',
        refresh_token: refreshToken,
      })
      if (answer.verdict === 'invalid_code') return { verdict: 'revoked' }
      if (answer.verdict !== 'token') return answer
      const { token, expiresIn } = answer
      return {
        verdict: 'token',
        accessToken: token.access_token,
        expiresIn,
        refreshToken: token.refresh_token ?? null,
        scope: token.scope ?? null,
      }
    },

    revoke: async ({ dataCenter, refreshToken }) => {
      const older = await revokeBy(dataCenter, '/oauth/v2/token/revoke', () =>
        send({
          method: 'POST',
          url: `${dataCenter.accountsUrl}/oauth/v2/token/revoke?${new URLSearchParams({ token: refreshToken })}`,
        }),
      )
      if (older === 'revoked') return 'revoked'
      const basic = Buffer.from(`${zoho.clientId}:${secretOf(dataCenter)}`).toString('base64')
      const newer = await revokeBy(dataCenter, '/oauth/v2/revoke/token', () =>
        send({
          method: 'POST',
          url: `${dataCenter.accountsUrl}/oauth/v2/revoke/token`,
          headers: { authorization: `Basic ${basic}` },
          form: { token: refreshToken, token_type: 'refresh_token' },
        }),
      )
      if (newer === 'revoked') return 'revoked'
      if (older === 'already_gone' || newer === 'already_gone') return 'already_gone'
      throw new AppError('zoho_unavailable', { details: { call: 'revoke', dataCenter: dataCenter.code } })
    },
  }
}
