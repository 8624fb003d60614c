package web

import (
	"net/http"
	"slices"

	"hotline12345/identity"
	"hotline12345/privacy"
)

// agencyNames by code.
func (s *Server) agencyNames(r *http.Request) (map[string]string, error) {
	agencies, err := s.o.Tickets.AllAgencies(r.Context())
	if err != nil {
		return nil, err
	}
	names := make(map[string]string, len(agencies))
	for _, a := range agencies {
		names[a.Code] = a.Name
	}
	return names, nil
}

// listDirectory is what an agent chooses from; he reaches the numbers by name.
func (s *Server) listDirectory(w http.ResponseWriter, r *http.Request, _ identity.Account) error {
	entries, err := s.o.Directory.Directory(r.Context())
	if err != nil {
		return err
	}
	agencies, err := s.agencyNames(r)
	if err != nil {
		return err
	}
	type view struct {
		ID         string `json:"id"`
		Kind       string `json:"kind"`
		Name       string `json:"name"`
		AgencyName string `json:"agencyName,omitempty"`
	}
	views := make([]view, len(entries))
	for i, e := range entries {
		views[i] = view{e.ID, e.Kind, e.Name, agencies[e.Agency]}
	}
	return writeJSON(w, http.StatusOK, Page[view]{Items: views})
}

func (s *Server) listDirectoryEntries(w http.ResponseWriter, r *http.Request, _ identity.Account) error {
	entries, err := s.o.Directory.Directory(r.Context())
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, Page[DirectoryEntry]{Items: orEmpty(entries)})
}

const kindExpert = "expert"

func (s *Server) saveDirectoryEntry(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	var e DirectoryEntry
	if err := decode(r, &e); err != nil {
		return err
	}
	if e.ID != r.PathValue("id") {
		return &codedError{code: codeInvalid, fields: map[string]string{"id": "编号与地址中的不一致，请改正。"}}
	}
	if (e.Kind == kindExpert) != (e.Agency != "") {
		return &codedError{code: codeInvalid, fields: map[string]string{"agency": "专家坐席须填写所属承办单位，其他号码不填写。"}}
	}
	if e.Agency != "" {
		agencies, err := s.o.Tickets.AllAgencies(r.Context())
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(agencies, func(a Named) bool { return a.Code == e.Agency }) {
			return Refuse("unknown-agency")
		}
	}
	written := e
	written.Number = privacy.MaskPhone(e.Number)
	if err := s.logRouting(r, who, "routing.directory", e.ID, written); err != nil {
		return err
	}
	if err := s.o.Directory.SaveDirectoryEntry(r.Context(), e); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, e)
}

func (s *Server) removeDirectoryEntry(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	id := r.PathValue("id")
	if err := s.logRouting(r, who, "routing.directory.remove", id, nil); err != nil {
		return err
	}
	if err := s.o.Directory.RemoveDirectoryEntry(r.Context(), id); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
