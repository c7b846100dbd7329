import { ApiError, REFUSED } from '../../engine/api.ts'
import type { MethodFamily, RpcHost, ServingHost } from './spec.ts'

export const servingMethods: MethodFamily<'serving'> = {
  'serving.reload': { params: {}, run: (host) => servingOf(host).reload() },
  'serving.code': { params: {}, run: (host) => ({ code: servingOf(host).code }) }
}

function servingOf({ serving }: RpcHost): ServingHost {
  if (serving === undefined) throw new ApiError(REFUSED, 'not-here', 'This is no server, or it is not serving yet.')
  return serving
}
