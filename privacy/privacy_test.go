package privacy

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

func testKeys(t *testing.T) *Keys {
	t.Helper()
	keys, err := New(bytes.Repeat([]byte{7}, MasterSize))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestSealOpensOnlyWhereItWasSealed(t *testing.T) {
	keys := testKeys(t)
	plain := []byte(`{"name":"诉求人","phone":"13800001000"}`)
	sealed := keys.Seal(plain, "ticket:1")
	if bytes.Contains(sealed, []byte("13800001000")) {
		t.Fatal("the number can be read in the sealed value")
	}
	if bytes.Equal(sealed, keys.Seal(plain, "ticket:1")) {
		t.Fatal("two seals of one value are equal: the nonce repeats")
	}
	opened, err := keys.Open(sealed, "ticket:1")
	if err != nil || !bytes.Equal(opened, plain) {
		t.Fatalf("opened %q, %v", opened, err)
	}
	if _, err := keys.Open(sealed, "ticket:2"); !errors.Is(err, ErrSealed) {
		t.Errorf("opens in another place: %v", err)
	}
	for i := range sealed {
		broken := bytes.Clone(sealed)
		broken[i] ^= 1
		if _, err := keys.Open(broken, "ticket:1"); !errors.Is(err, ErrSealed) {
			t.Fatalf("opens with byte %d altered: %v", i, err)
		}
		if _, err := keys.Open(sealed[:i], "ticket:1"); !errors.Is(err, ErrSealed) {
			t.Fatalf("opens cut to %d bytes: %v", i, err)
		}
	}
	other, err := New(NewMaster())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Open(sealed, "ticket:1"); !errors.Is(err, ErrSealed) {
		t.Errorf("opens under another master: %v", err)
	}
}

func TestMasterAndDerivedKeys(t *testing.T) {
	for _, size := range []int{0, 16, 31, 33} {
		if _, err := New(make([]byte, size)); err == nil {
			t.Errorf("a master of %d bytes was taken", size)
		}
	}
	keys := testKeys(t)
	seen := map[string]string{}
	for _, purpose := range []string{"seal", "hash", "recordings", ""} {
		key, err := keys.Derive(purpose)
		if err != nil || len(key) != 32 {
			t.Fatalf("Derive(%q) = %d bytes, %v", purpose, len(key), err)
		}
		again, err := keys.Derive(purpose)
		if err != nil || !bytes.Equal(key, again) {
			t.Errorf("Derive(%q) differs the second time", purpose)
		}
		if was, taken := seen[hex.EncodeToString(key)]; taken {
			t.Errorf("%q and %q share a key", purpose, was)
		}
		seen[hex.EncodeToString(key)] = purpose
	}
	if bytes.Equal(NewMaster(), NewMaster()) {
		t.Error("two fresh masters are equal")
	}
}

func TestOneNumberHasOneHash(t *testing.T) {
	keys := testKeys(t)
	want := keys.HashPhone("13800001000")
	if len(want) != 32 {
		t.Fatalf("hash of %d bytes", len(want))
	}
	for _, same := range []string{"+86 138 0000 1000", "0086-138-0000-1000", "138-0000-1000", "8613800001000", "１３８００００１０００"} {
		if !bytes.Equal(keys.HashPhone(same), want) {
			t.Errorf("%q hashes differently", same)
		}
	}
	if bytes.Equal(keys.HashPhone("13800001001"), want) {
		t.Error("two numbers share a hash")
	}
	if got := keys.HashPhone("anonymous"); got != nil {
		t.Errorf("no digits, but hash %x", got)
	}
	for in, normal := range map[string]string{
		"+86 991 1234567": "09911234567", "0991-1234567": "09911234567", "12345": "12345",
		"1000": "1000", "86": "86", "8612345": "8612345", "": "",
	} {
		if got := NormalPhone(in); got != normal {
			t.Errorf("NormalPhone(%q) = %q, want %q", in, got, normal)
		}
	}
}

func TestMasks(t *testing.T) {
	for in, want := range map[string]string{
		"13800001000": "138****1000", "+8613800001000": "138****1000", "0991-1234567": "099****4567",
		"1234567": "12***67", "12345": "1***5", "110": "***", "": "", "anonymous": "***", " ": "",
	} {
		if got := MaskPhone(in); got != want {
			t.Errorf("MaskPhone(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzMaskPhone(f *testing.F) {
	for _, seed := range []string{"13800001000", "+86 991 1234567", "sip:1@x", "０"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, phone string) {
		masked := MaskPhone(phone)
		if !strings.Contains(masked, "***") && strings.TrimSpace(phone) != "" {
			t.Fatalf("MaskPhone(%q) = %q hides nothing", phone, masked)
		}
		normal := NormalPhone(phone)
		if len(normal) > 3 && strings.Contains(masked, normal) {
			t.Fatalf("MaskPhone(%q) = %q shows the number", phone, masked)
		}
	})
}
