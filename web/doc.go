// Package web is the hotline's HTTP edge: the API of openapi.yaml, the live events,
// the agents' socket, and the pages (web/app).
//
//	request ─► limits, headers ─► route ─► session ─► role ─► CSRF ─► openapi.yaml ─► handler
//	              (body, time)     404       401       403     403      400: what is    │
//	                                                                    wrong where     ▼
//	                                                             stores, as interfaces
//
// openapi.yaml is the truth, at run time too: New makes one route of each operation
// and fails when an operation has no handler or a handler no operation; who may call
// it stands there as x-roles; kin-openapi checks every request against it before a
// handler sees it. There is no generated server code: the binary stays small, builds
// stay quick, and there is nothing that could differ from the file.
//
// What a person may do beyond reaching a route is decided where the rule lives:
// ticket.Decide and ticket.CanSee for tickets, the handlers for an agent's own calls.
// The stores are interfaces declared here, implemented elsewhere, joined in cmd/hotline.
//
// Live events are marshalled once for all who may see them. A client has a bounded
// queue; who is slow is cut off, connects again, and reads what is shown anew.
package web
