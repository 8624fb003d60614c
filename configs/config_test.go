package configs

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestExampleIsTheDefaultsAndHasEveryKey(t *testing.T) {
	c, err := Load("hotline.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(c, Defaults()) {
		t.Errorf("the example differs from the defaults:\n%+v\n%+v", c, Defaults())
	}
	text, err := os.ReadFile("hotline.yaml")
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]place{}
	if faults := decode(&c, "hotline.yaml", text, lines); len(faults) > 0 {
		t.Fatal(faults)
	}
	for _, v := range Variables() {
		if _, there := lines[v.Key]; !there {
			t.Errorf("the example lacks %s", v.Key)
		}
	}
}

// TestFaults reads testdata/faults: each file begins with "# want LINE TEXT" lines,
// one for each fault it has.
func TestFaults(t *testing.T) {
	files, err := filepath.Glob("testdata/faults/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for line := range strings.Lines(string(text)) {
				if expected, ok := strings.CutPrefix(line, "# want "); ok {
					number, rest, _ := strings.Cut(strings.TrimSpace(expected), " ")
					want = append(want, file+":"+number+": "+rest)
				}
			}
			_, err = Load(file, nil)
			var faults Faults
			if !errors.As(err, &faults) {
				t.Fatalf("error %v, want Faults", err)
			}
			if got := strings.Split(faults.Error(), "\n"); !slices.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

func TestMissingFileSaysWhatToDo(t *testing.T) {
	_, err := Load("no-such.yaml", nil)
	want := "no-such.yaml: cannot be read: no such file or directory; create it (configs/hotline.yaml is an example) or start without -config"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestEnvironmentWinsAndIsAsStrict(t *testing.T) {
	c, err := Load("hotline.yaml", []string{
		"PATH=/bin", "HOTLINE_SIP_ADDR=127.0.0.1:0", "HOTLINE_CALLS_MAX_WAIT=90s", "HOTLINE_CALLS_NOTICE=false",
		"HOTLINE_RTP_PORTS=30000-30099", "HOTLINE_TELLING_HOURS=09:30-24:00", "HOTLINE_CONFIG=x",
		"HOTLINE_SIP_TRUNKS=[{name: city, peers: [192.0.2.0/24], max_calls: 30}]", "HOTLINE_ICE_ADVERTISE=[192.0.2.7]",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := Defaults()
	want.SIP.Addr = "127.0.0.1:0"
	want.Calls.MaxWait, want.Calls.Notice = 90*time.Second, false
	want.RTP.Ports = PortRange{30000, 30099}
	want.Telling.Hours = HourRange{9*time.Hour + 30*time.Minute, 24 * time.Hour}
	want.SIP.Trunks = []Trunk{{Name: "city", Peers: []string{"192.0.2.0/24"}, MaxCalls: 30}}
	want.ICE.Advertise = []string{"192.0.2.7"}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got %+v\nwant %+v", c, want)
	}
	for entry, text := range map[string]string{
		"HOTLINE_SIP_ADR=x":                      "HOTLINE_SIP_ADR: is not a variable of the hotline; did you mean HOTLINE_SIP_ADDR?",
		"HOTLINE_CALLS_MAX_WAIT=90":              `HOTLINE_CALLS_MAX_WAIT: "90" is not a length of time; write a number with its unit: 20s, 10m, 4h`,
		"HOTLINE_SIP_TRUNKS=[{name: a, prs: 1}]": "HOTLINE_SIP_TRUNKS: sip.trunks[0].prs: is not a key; did you mean sip.trunks[0].peers?",
		"HOTLINE_SIP_ADDR=5060":                  `HOTLINE_SIP_ADDR: sip.addr: "5060" is not an address to listen on; write host:port or :port, for example 127.0.0.1:8080`,
		"HOTLINE_HTTPS_KEY=/no/such.pem":         "HOTLINE_HTTPS_KEY: https.key: counts with https.cert only; give both files, or none",
		"HOTLINE_MASTER_KEY=secret":              "HOTLINE_MASTER_KEY: master_key: is not a key; give 32 random bytes in base64: openssl rand -base64 32",
	} {
		if _, err := Load("", []string{entry}); err == nil || err.Error() != text {
			t.Errorf("%s: got %v\nwant %s", entry, err, text)
		}
	}
}

func TestEveryKeyHasItsVariable(t *testing.T) {
	names := map[string]bool{}
	for _, v := range Variables() {
		if names[v.Name] {
			t.Errorf("%s stands for two keys", v.Name)
		}
		names[v.Name] = true
	}
	// Scripts and operators rely on these.
	for _, name := range []string{
		"HOTLINE_DATABASE_URL", "HOTLINE_REDIS_URL", "HOTLINE_SIP_ADDR", "HOTLINE_HTTP_ADDR", "HOTLINE_HTTPS_ADDR", "HOTLINE_ICE_UDP_ADDR",
		"HOTLINE_RTP_PORTS", "HOTLINE_DATA_DIR", "HOTLINE_OPS_ADDR", "HOTLINE_MASTER_KEY", "HOTLINE_CALLS_NOTICE", "HOTLINE_DEMO_AGENTS",
		"HOTLINE_POSTGRES_BIN_DIR", "HOTLINE_MEDIA_TICK",
	} {
		if !names[name] {
			t.Errorf("%s is gone", name)
		}
	}
}

func TestPrompts(t *testing.T) {
	p, err := LoadPrompts("zh-CN")
	if err != nil {
		t.Fatal(err)
	}
	for name, marks := range map[string]int{"position": 1, "result.intro": 1, "sms.result": 3} {
		if n := strings.Count(p[name], "%"); n != marks {
			t.Errorf("%s has %d marks, want %d", name, n, marks)
		}
	}
	if _, err := LoadPrompts("xx"); err == nil {
		t.Error("a language without texts was accepted")
	}
}

// FuzzConfig: whatever a file says, the answer is a valid configuration or Faults.
func FuzzConfig(f *testing.F) {
	example, err := os.ReadFile("hotline.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(example))
	files, err := filepath.Glob("testdata/faults/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := Defaults()
		lines := map[string]place{}
		faults := decode(&c, "fuzz.yaml", []byte(text), lines)
		if len(faults) == 0 {
			faults = validate(c, "fuzz.yaml", lines)
		}
		for _, fault := range faults {
			if fault.Problem == "" || fault.Remedy == "" {
				t.Errorf("%+v says too little", fault)
			}
		}
	})
}

func TestNumberRules(t *testing.T) {
	for text, want := range map[string]NumberRule{
		"0 -> +86": {Prefix: "0", With: "+86"}, "1/11->01": {Prefix: "1", Length: 11, With: "01"},
		"* -> 9": {With: "9"}, "+86 -> ": {Prefix: "+86"}, " */12 -> ": {Length: 12},
	} {
		if got, err := ParseNumberRule(text); err != nil || got != want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "0", "-> 1", "0 -> x", "0/0 -> 1", "0/30 -> 1", "a -> 1", "0/-1 -> 1", "1+ -> 2"} {
		if got, err := ParseNumberRule(text); err == nil {
			t.Errorf("%q: %+v", text, got)
		}
	}
}
