#!/usr/bin/env node
import { checkNode } from '../client/check-node.mjs'

checkNode('understudy-agent')
await import('./main.ts')
