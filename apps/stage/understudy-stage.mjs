#!/usr/bin/env node
import { checkNode } from '../client/check-node.mjs'

checkNode('understudy-stage')
await import('./main.ts')
