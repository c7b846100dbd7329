import { ApiError, REFUSED } from '../../engine/api.ts'
import type { MethodFamily } from './spec.ts'

export const homeMethods: MethodFamily<'home'> = {
  'home.backup': {
    params: {},
    async run({ backup }) {
      if (backup === undefined) throw new ApiError(REFUSED, 'not-here', 'This node has no home that could be copied.')
      return { path: await backup() }
    }
  }
}
