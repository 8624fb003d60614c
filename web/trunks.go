package web

import (
	"net/http"

	"hotline12345/identity"
)

// listTrunks is of the node that is asked; the others have lines of their own.
func (s *Server) listTrunks(w http.ResponseWriter, _ *http.Request, _ identity.Account) error {
	node, trunks := s.o.Trunks.Trunks()
	return writeJSON(w, http.StatusOK, struct {
		Node  string  `json:"node"`
		Items []Trunk `json:"items"`
	}{node, orEmpty(trunks)})
}
