#!/usr/bin/env node
import { checkNode } from '../client/check-node.mjs'

checkNode('understudy')
await import('./main.ts')
