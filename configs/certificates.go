package configs

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
)

// certificate checks the files of a group: cert and key.
func (v *validation) certificate(group, cert, key string) {
	v.together(group+".cert", cert, group+".key", key, "give both files, or none")
	if cert != "" && key != "" {
		err := readPair(cert, key)
		v.check(err == nil, group+".cert", fmt.Sprintf("cannot be used with %s.key: %v", group, err), "name a certificate and its key in PEM that the hotline's user may read")
	}
}

// sipTLS: without a certificate nobody can be served.
func (v *validation) sipTLS(t SIPTLS) {
	v.certificate("sip.tls", t.Cert, t.Key)
	v.together("sip.tls.addr", t.Addr, "sip.tls.cert", t.Cert, "give the address, the certificate and its key, or none of them")
}

// trunkTLS checks the keys of a trunk that count with transport tls only; listens says
// whether we have a certificate.
func (v *validation) trunkTLS(key string, t Trunk, listens bool) {
	if t.Transport != "tls" {
		v.check(t.TLSName == "", key+".tls_name", "counts with transport tls only", "write transport: tls, or leave it out")
		v.check(t.TLSCA == "", key+".tls_ca", "counts with transport tls only", "write transport: tls, or leave it out")
		return
	}
	v.check(listens, key+".transport", "is tls, and this hotline has no certificate", "set sip.tls.addr, sip.tls.cert and sip.tls.key")
	v.check(t.TLSName == "" || hostName.MatchString(t.TLSName) || validIP(t.TLSName), key+".tls_name",
		fmt.Sprintf("%q is neither a host name nor an address", t.TLSName), "write the name in the other side's certificate")
	if t.TLSCA != "" {
		_, err := ReadAuthorities(t.TLSCA)
		v.check(err == nil, key+".tls_ca", fmt.Sprintf("cannot be used: %v", err), "name a PEM file with the certificates of the authorities")
	}
}

// ReadAuthorities reads the certificates of a PEM file.
func ReadAuthorities(file string) (*x509.CertPool, error) {
	if err := plainFile(file); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(file) //nolint:gosec // the operator's own file
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s holds no certificate", file)
	}
	return pool, nil
}

// readPair tries a certificate.
func readPair(cert, key string) error {
	for _, path := range []string{cert, key} {
		if err := plainFile(path); err != nil {
			return err
		}
	}
	_, err := tls.LoadX509KeyPair(cert, key)
	return err
}

// plainFile: only such are opened, a device may have no end.
func plainFile(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a file", path)
	}
	return nil
}
