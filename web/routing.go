package web

import (
	"encoding/json"
	"fmt"
	"net/http"

	"hotline12345/identity"
	"hotline12345/routing"
)

// Who changes how calls are routed is written to the access log with what he wrote, before
// it is done.

// whys say what is wrong with a field and what to do.
var whys = map[routing.Why]string{
	routing.WhyEmpty:   "不能为空，请填写。",
	routing.WhyLong:    "过长或项数过多，请缩减。",
	routing.WhyRange:   "超出允许的范围，请按说明修改。",
	routing.WhyUnknown: "不存在，请从目录中选择。",
	routing.WhyTwice:   "重复，请去掉一个。",
	routing.WhyOrder:   "须逐级递增，并小于最长等待时间。",
	routing.WhyHarder:  "不能比上一级要求更高，请降低等级或去掉该技能。",
	routing.WhyUsed:    "正在使用，请先从队列和坐席中移除。",
	routing.WhyClock:   "时段须按先后排列、互不重叠，结束晚于开始。",
	routing.WhyTable:   "不是可以读取的表格，请用逗号分隔的文本（CSV），首行为列名。",
	routing.WhyLoop:    "会使来电绕回原队列，请另选去向。",
}

func (s *Server) logRouting(r *http.Request, who identity.Account, action, subject string, written any) error {
	detail, err := json.Marshal(written)
	if err != nil {
		return fmt.Errorf("web: %s: %w", action, err)
	}
	entry := AccessEntry{Actor: who.ID, Action: action, Subject: subject, Detail: string(detail)}
	if err := s.o.Access.LogAccess(r.Context(), entry); err != nil {
		return fmt.Errorf("log %s: %w", action, err)
	}
	return nil
}

func (s *Server) listRoutingQueues(w http.ResponseWriter, r *http.Request, _ identity.Account) error {
	queues, err := s.o.Routing.Queues(r.Context())
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, Page[routing.Queue]{Items: orEmpty(queues)})
}

func (s *Server) saveQueue(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	var q routing.Queue
	if err := decode(r, &q); err != nil {
		return err
	}
	if q.ID != r.PathValue("id") {
		return &codedError{code: codeInvalid, fields: map[string]string{"id": "编号与地址中的不一致，请改正。"}}
	}
	if err := s.logRouting(r, who, "routing.queue", q.ID, q); err != nil {
		return err
	}
	if err := s.o.Routing.SaveQueue(r.Context(), q); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, q.Normal())
}

func (s *Server) removeQueue(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	id := r.PathValue("id")
	if err := s.logRouting(r, who, "routing.queue.remove", id, nil); err != nil {
		return err
	}
	if err := s.o.Routing.RemoveQueue(r.Context(), id); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) listSkills(w http.ResponseWriter, r *http.Request, _ identity.Account) error {
	skills, err := s.o.Routing.Skills(r.Context())
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, Page[routing.SkillName]{Items: orEmpty(skills)})
}

func (s *Server) saveSkills(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	var body Page[routing.SkillName]
	if err := decode(r, &body); err != nil {
		return err
	}
	if err := s.logRouting(r, who, "routing.skills", "", body.Items); err != nil {
		return err
	}
	if err := s.o.Routing.SaveSkills(r.Context(), body.Items); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, body)
}

func (s *Server) listLanguageKeys(w http.ResponseWriter, r *http.Request, _ identity.Account) error {
	keys, err := s.o.Routing.LanguageKeys(r.Context())
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, Page[routing.LanguageKey]{Items: orEmpty(keys)})
}

func (s *Server) saveLanguageKeys(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	var body Page[routing.LanguageKey]
	if err := decode(r, &body); err != nil {
		return err
	}
	if err := s.logRouting(r, who, "routing.languages", "", body.Items); err != nil {
		return err
	}
	if err := s.o.Routing.SaveLanguageKeys(r.Context(), body.Items); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, body)
}

// abilityView is an ability with whose it is.
type abilityView struct {
	routing.Ability
	Login     string   `json:"login"`
	Name      string   `json:"name"`
	Languages []string `json:"languages"`
}

func (s *Server) viewAbilities(r *http.Request, abilities []routing.Ability) ([]abilityView, error) {
	ids := make([]string, len(abilities))
	for i, a := range abilities {
		ids[i] = a.Account
	}
	accounts, err := s.o.Accounts.Find(r.Context(), ids)
	if err != nil {
		return nil, err
	}
	views := make([]abilityView, len(abilities))
	for i, a := range abilities {
		of := accounts[a.Account]
		views[i] = abilityView{Ability: a, Login: of.Login, Name: of.Name, Languages: orEmpty(of.Languages)}
	}
	return views, nil
}

func (s *Server) listAbilities(w http.ResponseWriter, r *http.Request, _ identity.Account) error {
	abilities, err := s.o.Routing.Abilities(r.Context())
	if err != nil {
		return err
	}
	views, err := s.viewAbilities(r, abilities)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, Page[abilityView]{Items: views})
}

func (s *Server) saveAbility(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	var a routing.Ability
	if err := decode(r, &a); err != nil {
		return err
	}
	a.Account = r.PathValue("account")
	if err := s.logRouting(r, who, routingAgent, a.Account, a); err != nil {
		return err
	}
	if err := s.o.Routing.SaveAbility(r.Context(), a); err != nil {
		return err
	}
	views, err := s.viewAbilities(r, []routing.Ability{a})
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, views[0])
}
