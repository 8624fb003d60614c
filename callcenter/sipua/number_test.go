package sipua

import "testing"

func TestNumbers(t *testing.T) {
	for uri, want := range map[string]string{
		"sip:13800001000@10.0.0.1":                    "13800001000",
		"sip:+8613800001000@ims.example;user=phone":   "13800001000",
		"sip:8613800001000@10.0.0.1":                  "13800001000",
		"sip:008613800001000@10.0.0.1":                "13800001000",
		"tel:+86-28-8765-4321":                        "02887654321",
		"tel:+861012345678":                           "01012345678",
		"sip:+8602887654321@x":                        "02887654321",
		"tel:+864008001234":                           "4008001234",
		"tel:+8612345":                                "12345",
		"tel:13800001000;phone-context=+86":           "13800001000",
		"sip:13800001000;phone-context=+86@ims":       "13800001000",
		"sip:%2B8613800001000@10.0.0.1":               "13800001000",
		"sip:02887654321@10.0.0.1:5060;transport=tcp": "02887654321",
		"sip:12345@10.0.0.1":                          "12345",
		"tel:+4930123456":                             "+4930123456",
		"sip:004930123456@x":                          "+4930123456",
		"sip:anonymous@anonymous.invalid":             "",
		"sip:Unavailable@x":                           "",
		"sip:alice@example.com":                       "",
		"sip:10.0.0.1":                                "",
		"sip:123456789012345678901234567890@x":        "",
		"mailto:13800001000@x":                        "",
		"":                                            "",
	} {
		if got := numberOfURI(uri); got != want {
			t.Errorf("numberOfURI(%q) = %q, want %q", uri, got, want)
		}
	}
}

func TestCallerNumber(t *testing.T) {
	from, _ := parseAddress(`"x" <sip:02811112222@gw>;tag=1`)
	for _, c := range []struct {
		name    string
		headers []header
		want    string
	}{
		{"From alone", nil, "02811112222"},
		{"asserted wins", []header{{"p-asserted-identity", `<sip:+8613800001000@ims>, <tel:+8613800001000>`}}, "13800001000"},
		{"asserted tel second", []header{{"p-asserted-identity", `<sip:alice@ims>`}, {"p-asserted-identity", `<tel:+8613800001000>`}}, "13800001000"},
		{"privacy", []header{{"p-asserted-identity", `<tel:+8613800001000>`}, {"privacy", "critical;id"}}, ""},
		{"privacy none", []header{{"privacy", "none"}}, "02811112222"},
	} {
		if got := callerNumber(&message{from: from, headers: c.headers}, nil); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
