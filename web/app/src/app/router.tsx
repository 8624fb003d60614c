/** Pages and their addresses. The desk is part of the first load; the rest comes when it is opened. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from '@tanstack/react-router'
import type { QueryClient } from '@tanstack/react-query'
import { sessionQuery } from '../api/session'
import { SignInPage } from '../pages/sign-in/SignInPage'
import { withRoutingTexts } from '../i18n'
import { Failed, Missing } from './Lost'
import { boxes, homeOf, routingParts } from './roles'
import type { RoutingPart } from './roles'
import type { Box } from '../api/types'
import { Shell } from './Shell'

export function makeRouter(queries: QueryClient) {
  const signedIn = () => queries.ensureQueryData(sessionQuery)
  const root = createRootRoute({ component: Outlet })
  const signIn = createRoute({
    getParentRoute: () => root,
    path: '/sign-in',
    validateSearch: (search: Record<string, unknown>): { to?: string } => ({ to: ownPath(search.to) }),
    beforeLoad: async ({ search }) => {
      if (await signedIn()) throw redirect({ href: search.to ?? '/' })
    },
    component: SignInPage,
  })
  const staff = createRoute({
    getParentRoute: () => root,
    id: 'staff',
    beforeLoad: async ({ location }) => {
      if (!(await signedIn())) throw redirect({ to: '/sign-in', search: { to: ownPath(location.href) } })
    },
    component: Shell,
  })
  const home = createRoute({
    getParentRoute: () => staff,
    path: '/',
    beforeLoad: async () => {
      const session = await signedIn()
      if (!session) return
      const { to, box } = homeOf(session.account.role)
      throw redirect({ href: box ? `${to}?box=${box}` : to, replace: true })
    },
  })
  const desk = createRoute({ getParentRoute: () => staff, path: '/desk', component: lazyRouteComponent(() => import('../pages/desk/DeskPage')) })
  const tickets = createRoute({
    getParentRoute: () => staff,
    path: '/tickets',
    validateSearch: (search: Record<string, unknown>): { box: Box } => ({ box: boxes.find((box) => box === search.box) ?? 'all' }),
    component: lazyRouteComponent(() => import('../pages/tickets/TicketListPage')),
  })
  const ticket = createRoute({ getParentRoute: () => staff, path: '/tickets/$number', component: lazyRouteComponent(() => import('../pages/tickets/TicketPage')) })
  const callbacks = createRoute({ getParentRoute: () => staff, path: '/callbacks', component: lazyRouteComponent(() => import('../pages/callbacks/CallbacksPage')) })
  const outbound = createRoute({ getParentRoute: () => staff, path: '/outbound', component: lazyRouteComponent(() => import('../pages/outbound/OutboundPage')) })
  const live = createRoute({ getParentRoute: () => staff, path: '/live', component: lazyRouteComponent(() => withRoutingTexts(() => import('../pages/live/LivePage'))) })
  const calls = createRoute({ getParentRoute: () => staff, path: '/calls', component: lazyRouteComponent(() => import('../pages/calls/CallsPage')) })
  const call = createRoute({ getParentRoute: () => staff, path: '/calls/$call', component: lazyRouteComponent(() => import('../pages/calls/CallPage')) })
  const reports = createRoute({ getParentRoute: () => staff, path: '/reports', component: lazyRouteComponent(() => import('../pages/reports/ReportsPage')) })
  const badRatings = createRoute({ getParentRoute: () => staff, path: '/bad-ratings', component: lazyRouteComponent(() => import('../pages/ratings/BadRatingsPage')) })
  const webhooks = createRoute({ getParentRoute: () => staff, path: '/webhooks', component: lazyRouteComponent(() => import('../pages/webhooks/WebhooksPage')) })
  const accessLog = createRoute({ getParentRoute: () => staff, path: '/access-log', component: lazyRouteComponent(() => import('../pages/access/AccessLogPage')) })
  const routing = createRoute({
    getParentRoute: () => staff,
    path: '/routing',
    validateSearch: (search: Record<string, unknown>): { part: RoutingPart } => ({ part: routingParts.find((part) => part === search.part) ?? 'queues' }),
    component: lazyRouteComponent(() => withRoutingTexts(() => import('../pages/routing/RoutingPage'))),
  })
  const queue = createRoute({
    getParentRoute: () => staff,
    path: '/routing/queue',
    validateSearch: (search: Record<string, unknown>): { id?: string } => ({ id: typeof search.id === 'string' ? search.id : undefined }),
    component: lazyRouteComponent(() => withRoutingTexts(() => import('../pages/routing/QueuePage'))),
  })
  const emergency = createRoute({ getParentRoute: () => staff, path: '/emergency', component: lazyRouteComponent(() => withRoutingTexts(() => import('../pages/routing/EmergencyPage'))) })
  const marks = createRoute({ getParentRoute: () => staff, path: '/marks', component: lazyRouteComponent(() => withRoutingTexts(() => import('../pages/routing/MarksPage'))) })
  const directory = createRoute({ getParentRoute: () => staff, path: '/directory', component: lazyRouteComponent(() => withRoutingTexts(() => import('../pages/routing/DirectoryPage'))) })
  return createRouter({
    routeTree: root.addChildren([signIn, staff.addChildren([
      home, desk, tickets, ticket, callbacks, outbound, live, calls, call, badRatings, reports, webhooks, accessLog, routing, queue, emergency, marks, directory,
    ])]),
    defaultPreload: 'intent',
    defaultNotFoundComponent: Missing,
    defaultErrorComponent: Failed,
    defaultPreloadStaleTime: 0,
  })
}

/** A path of this site to come back to after signing in; never an address elsewhere. */
export function ownPath(value: unknown): string | undefined {
  return typeof value === 'string' && /^\/(?![/\\])/.test(value) && value !== '/' ? value : undefined
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>
  }
}
