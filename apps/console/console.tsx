import AppLayout from '@cloudscape-design/components/app-layout'
import { I18nProvider } from '@cloudscape-design/components/i18n'
import messages from '@cloudscape-design/components/i18n/messages/all.en'
import SideNavigation from '@cloudscape-design/components/side-navigation'
import Spinner from '@cloudscape-design/components/spinner'
import TopNavigation from '@cloudscape-design/components/top-navigation'
import { lazy, Suspense, useState } from 'react'
import { Route, Switch, useLocation } from 'wouter'
import { Freshness } from './live/freshness.tsx'
import { LiveProvider } from './live/live.tsx'
import { OverviewPage } from './pages/overview/overview-page.tsx'
import { type Appearance, chooseAppearance, useAppearance } from './parts/appearance.ts'
import { leave } from './parts/leaving.ts'
import { follow, pages } from './parts/links.tsx'
import { Mishap } from './parts/mishap.tsx'
import { NoticesBar, NoticesProvider } from './parts/notices.tsx'
import { Page } from './parts/page.tsx'
import { useSession } from './session/session.tsx'

const GroupPage = lazy(() => import('./pages/group/group-page.tsx'))
const ConfigurationPage = lazy(() => import('./pages/configuration/configuration-page.tsx'))
const UsersPage = lazy(() => import('./pages/users/users-page.tsx'))

/** The whole of the console, for somebody who is signed in. */
export default function Console() {
  const [path] = useLocation()
  const [isNavigationOpen, setNavigationOpen] = useState(() => matchMedia('(min-width: 1100px)').matches)
  const section = `/${path.split('/')[1] ?? ''}`
  return (
    <I18nProvider locale="en" messages={[messages]}>
      <LiveProvider>
        <NoticesProvider>
          <div id="top">
            <TopBar />
          </div>
          <AppLayout
            headerSelector="#top"
            navigationOpen={isNavigationOpen}
            onNavigationChange={({ detail }) => setNavigationOpen(detail.open)}
            navigation={
              <SideNavigation
                activeHref={section === '/groups' ? pages.overview : section}
                onFollow={follow}
                items={[
                  { type: 'link', text: 'Groups', href: pages.overview },
                  { type: 'link', text: 'Users', href: pages.users },
                  { type: 'link', text: 'Configuration', href: pages.configuration },
                ]}
              />
            }
            toolsHide
            notifications={<NoticesBar />}
            stickyNotifications
            content={
              <>
                <Freshness />
                <Mishap place={path}>
                  <Suspense fallback={<Spinner size="large" />}>
                    <Switch>
                      <Route path="/">
                        <OverviewPage />
                      </Route>
                      <Route path="/groups/:cluster/:group">
                        {({ cluster, group }) => (
                          <GroupPage key={`${cluster}/${group}`} cluster={cluster} group={group} />
                        )}
                      </Route>
                      <Route path="/configuration/:cluster?">
                        {({ cluster }) => <ConfigurationPage cluster={cluster} />}
                      </Route>
                      <Route path="/users/:cluster?/:user?">
                        {({ cluster, user }) => <UsersPage cluster={cluster} user={user} />}
                      </Route>
                      <Route>
                        <Page title="No such page">There is nothing at {path}.</Page>
                      </Route>
                    </Switch>
                  </Suspense>
                </Mishap>
              </>
            }
          />
        </NoticesProvider>
      </LiveProvider>
    </I18nProvider>
  )
}

const APPEARANCES: [id: Appearance, text: string][] = [
  ['system', 'As the system is set'],
  ['light', 'Light'],
  ['dark', 'Dark'],
]

function TopBar() {
  const { environment, name, role, signOut } = useSession()
  const appearance = useAppearance()
  return (
    <TopNavigation
      identity={{ href: pages.overview, title: `Understudy: ${environment}`, onFollow: follow }}
      utilities={[
        {
          type: 'menu-dropdown',
          iconName: 'settings',
          ariaLabel: 'Appearance',
          title: 'Appearance',
          items: APPEARANCES.map(([id, text]) => ({ id, text, itemType: 'checkbox', checked: id === appearance })),
          onItemClick: ({ detail }) => chooseAppearance(detail.id as Appearance),
        },
        {
          type: 'menu-dropdown',
          iconName: 'user-profile',
          text: name,
          description: role === 'viewer' ? 'viewer: may look, and change nothing' : role,
          items: [{ id: 'sign-out', text: 'Sign out' }],
          onItemClick: () => leave(signOut),
        },
      ]}
    />
  )
}
