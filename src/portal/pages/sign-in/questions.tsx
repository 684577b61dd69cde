/** The two questions that the way into a session and the way to Zoho may ask, for the routes that ask them. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Ctx } from '../../../context.ts'
import type { HandOverQuestion } from '../../auth/sign-in.routes.ts'
import { sendPage } from '../page-route.ts'
import { ConnectQuestionPage, HandOverPage } from './question-pages.tsx'

export const handOverQuestion =
  (ctx: Ctx) =>
  (request: FastifyRequest, reply: FastifyReply, { doubt: _, ...names }: HandOverQuestion) =>
    sendPage(ctx, request, reply.header('cache-control', 'no-store'), <HandOverPage {...names} />)

export const connectQuestion = (ctx: Ctx) => (request: FastifyRequest, reply: FastifyReply) =>
  sendPage(ctx, request, reply, <ConnectQuestionPage />)
