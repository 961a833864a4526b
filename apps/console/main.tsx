import '@cloudscape-design/global-styles/index.css'
import './console.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Entrance } from './entrance.tsx'
import { applyAppearance } from './parts/appearance.ts'

applyAppearance()
createRoot(document.getElementById('console') as HTMLElement).render(
  <StrictMode>
    <Entrance />
  </StrictMode>,
)
