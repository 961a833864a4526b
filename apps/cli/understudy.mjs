#!/usr/bin/env node
import { start } from '../client/check-node.mjs'

await start('understudy', () => import('./main.ts'))
