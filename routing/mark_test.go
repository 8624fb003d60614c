package routing

import (
	"strings"
	"testing"
	"time"
)

func TestCheckMark(t *testing.T) {
	green := Mark{Kind: MarkGreen, Group: "pregnant", Priority: 300, Until: noon.Add(MaxGreen)}
	lower := Mark{Kind: MarkHarassment, Priority: -600, Note: "反复拨打后不说话", Until: noon.Add(MaxLower)}
	for want, change := range map[string]func(g, l *Mark){
		"":              func(_, _ *Mark) {},
		"kind unknown":  func(g, _ *Mark) { g.Kind = "blocked" },
		"group unknown": func(g, _ *Mark) { g.Group = "rich" },
		"until range":   func(_, l *Mark) { l.Until = l.Until.Add(time.Second) },
		"note empty":    func(_, l *Mark) { l.Note = "" },
		"note long":     func(g, _ *Mark) { g.Note = strings.Repeat("长", maxNote+1) },
		"priority range": func(_, l *Mark) {
			l.Priority = 1 // harassing must not help
		},
	} {
		g, l := green, lower
		change(&g, &l)
		got := fault(g.Check(noon))
		if got == "" {
			got = fault(l.Check(noon))
		}
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	late := green
	late.Until = noon
	slow := green
	slow.Priority = -1
	if fault(late.Check(noon)) != "until range" || fault(slow.Check(noon)) != "priority range" {
		t.Error("a mark that is over, or that slows a green caller, was taken")
	}
}

// TestAnAgentLowersNobody: only the green channel counts at once.
func TestAnAgentLowersNobody(t *testing.T) {
	for kind, want := range map[MarkKind]bool{MarkGreen: false, MarkRepeat: true, MarkHarassment: true} {
		group := ""
		if kind == MarkGreen {
			group = "old"
		}
		m, pending := AgentsMark(kind, group, "说明", noon)
		if err := m.Check(noon); err != nil || pending != want || m.Priority < 0 {
			t.Errorf("%+v, pending %v: %v", m, pending, err)
		}
	}
}
