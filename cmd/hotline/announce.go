package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"hotline12345/configs"
	"hotline12345/identity/identitypg"
)

// runFile is what scripts find a running hotline by, in <data_dir>/run.json.
type runFile struct {
	PID         int    `json:"pid"`
	HTTP        string `json:"http"`
	Ops         string `json:"ops"`
	SIP         string `json:"sip"`
	DatabaseURL string `json:"database_url"`
	RedisURL    string `json:"redis_url"`
}

func runPath(config configs.Config) string { return filepath.Join(config.DataDir, "run.json") }

// readRunFile finds the hotline that runs on the data directory.
func readRunFile(config configs.Config) (runFile, error) {
	text, err := os.ReadFile(runPath(config))
	if err != nil {
		return runFile{}, err
	}
	var r runFile
	if err := json.Unmarshal(text, &r); err != nil {
		return runFile{}, fmt.Errorf("run.json: %w", err)
	}
	return r, nil
}

// announce writes run.json and tells people where everything is.
func (a *app) announce(c console, ops net.Addr) error {
	sip := a.sipAddress()
	text, err := json.MarshalIndent(runFile{
		PID: os.Getpid(), HTTP: a.servers[0].url(), Ops: "http://" + ops.String(), SIP: sip,
		DatabaseURL: a.ground.databaseURL, RedisURL: a.ground.redisURL,
	}, "", "  ")
	if err != nil {
		return err
	}
	// Readers see a whole file or none.
	if err := os.WriteFile(runPath(a.config)+".new", append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("run.json: %w", err)
	}
	if err := os.Rename(runPath(a.config)+".new", runPath(a.config)); err != nil {
		return fmt.Errorf("run.json: %w", err)
	}
	_, err = io.WriteString(c.out, a.banner(sip))
	return err
}

// banner is what the person who started us reads.
func (a *app) banner(sip string) string {
	var b strings.Builder
	b.WriteString("\n12345 政务服务便民热线已就绪 (ready)\n\n")
	for _, s := range a.servers {
		fmt.Fprintf(&b, "  页面   %s\n", s.url())
	}
	fmt.Fprintf(&b, "  电话   sip:12345@%s  (UDP, TCP)\n", sip)
	switch {
	case a.demo:
		fmt.Fprintf(&b, "  账号   话务员 agent1…agent%d，派单员 dispatcher，承办单位 agency1…，回访员 followup，\n", a.config.Demo.Agents)
		fmt.Fprintf(&b, "         班长 supervisor，质检 reviewer，管理员 admin；密码均为 %s\n", identitypg.DemoPassword)
		if a.config.Demo.PhonePassword != "" {
			fmt.Fprintf(&b, "  话机   agent1…agent%d 各有一个话机账号，注册后即独立接听；密码为配置的 demo.phone_password\n", a.config.Demo.Agents)
		}
		b.WriteString("         演示账号的密码人人皆知，请勿用于真实业务。\n")
	case a.admin.password != "":
		fmt.Fprintf(&b, "  账号   首个管理员 %s，密码 %s （只显示这一次，请妥善保存）\n", a.admin.login, a.admin.password)
	}
	if a.ground.postgres != nil {
		fmt.Fprintf(&b, "  数据   %s：内置 PostgreSQL 与 Redis，单机运行，没有备份\n", a.config.DataDir)
	}
	b.WriteString("\n  按 Ctrl-C 停止。\n\n")
	return b.String()
}

// sipAddress is where a phone on this machine dials; a wildcard is no place to dial.
func (a *app) sipAddress() string {
	udp, _ := a.telephony.lines.Addrs()
	if udp.Addr().IsUnspecified() {
		udp = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), udp.Port())
	}
	return udp.String()
}

// forget removes run.json: nothing runs any more.
func forget(config configs.Config) error {
	if err := os.Remove(runPath(config)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
