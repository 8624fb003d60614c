package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// runRelay is the peer we compare with, in a process of its own: for each call
// two sockets and two goroutines that pass packets on as they come. It prints
// the port pairs, and ends when its standard input does.
func runRelay(calls int) error {
	for range calls {
		a, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			return err
		}
		b, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			return err
		}
		toA, toB := make(chan *net.UDPAddr, 1), make(chan *net.UDPAddr, 1)
		go pass(a, b, toA, toB)
		go pass(b, a, toB, toA)
		fmt.Println(a.LocalAddr().(*net.UDPAddr).Port, b.LocalAddr().(*net.UDPAddr).Port)
	}
	fmt.Println("ready")
	_, _ = bufio.NewReader(os.Stdin).ReadByte() // until the parent closes it or is gone
	return nil
}

// pass sends what arrives at from out of to. Each side learns its far end from
// the first packet and tells the other direction once.
func pass(from, to *net.UDPConn, learned chan<- *net.UDPAddr, target <-chan *net.UDPAddr) {
	buf := make([]byte, 1500)
	known := false
	var far *net.UDPAddr
	for {
		n, source, err := from.ReadFromUDP(buf)
		if err != nil {
			return
		}
		if !known {
			known = true
			learned <- source
		}
		if far == nil {
			select {
			case far = <-target:
			default:
				continue
			}
		}
		if _, err := to.WriteToUDP(buf[:n], far); err != nil {
			return
		}
	}
}

// measureRelay runs the relay as a child and carries the calls through it.
func measureRelay(ctx context.Context, calls, seconds int) (figures mediaFigures, err error) {
	self, err := os.Executable()
	if err != nil {
		return mediaFigures{}, err
	}
	cmd := exec.CommandContext(ctx, self, "relay", strconv.Itoa(calls)) //nolint:gosec // ourselves
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	input, err := cmd.StdinPipe()
	if err != nil {
		return mediaFigures{}, err
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		return mediaFigures{}, err
	}
	if err := cmd.Start(); err != nil {
		return mediaFigures{}, err
	}
	defer func() { err = errors.Join(err, input.Close(), cmd.Wait()) }()
	var lines []line
	defer func() {
		for _, l := range lines {
			l.close()
		}
	}()
	scanner := bufio.NewScanner(output)
	for scanner.Scan() && scanner.Text() != "ready" {
		l, err := relayLine(scanner.Text())
		if err != nil {
			return mediaFigures{}, err
		}
		lines = append(lines, l)
	}
	if len(lines) != calls {
		return mediaFigures{}, fmt.Errorf("%d of %d calls are open", len(lines), calls)
	}
	return measure(ctx, lines, seconds, func() (time.Duration, error) { return processCPU(cmd.Process.Pid, userTime, systemTime) })
}

func relayLine(ports string) (line, error) {
	a, b, ok := strings.Cut(ports, " ")
	if !ok {
		return line{}, fmt.Errorf("the relay said %q", ports)
	}
	one, err := dialRelay(a)
	if err != nil {
		return line{}, err
	}
	two, err := dialRelay(b)
	if err != nil {
		return line{}, errors.Join(err, one.Close())
	}
	atOne, atTwo := make(chan rtpStamp, 4096), make(chan rtpStamp, 4096)
	go readRTP(one, atOne)
	go readRTP(two, atTwo)
	return line{
		sendA: plainSender(one, 1), sendB: plainSender(two, 2), gotA: atOne, gotB: atTwo,
		close: func() { _ = one.Close(); _ = two.Close() },
	}, nil
}

func dialRelay(port string) (*net.UDPConn, error) {
	n, err := strconv.Atoi(port)
	if err != nil {
		return nil, fmt.Errorf("the relay's port: %w", err)
	}
	conn, err := net.DialUDP("udp4", nil, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: n})
	if err != nil {
		return nil, err
	}
	return conn, askTimes(conn)
}

func plainSender(conn *net.UDPConn, ssrc uint32) func([]byte) error {
	s := &sender{ssrc: ssrc}
	return func(payload []byte) error {
		text, err := s.next(payload).Marshal()
		if err != nil {
			return err
		}
		_, err = conn.Write(text)
		return err
	}
}
