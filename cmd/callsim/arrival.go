package main

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/pion/transport/v5"
	"github.com/pion/transport/v5/stdnet"
	"golang.org/x/sys/unix"
)

// Packets are timed by the kernel, when it has them for us. With hundreds of calls on two
// cores this process gets to its sockets later than that, which is no delay of the server.

// timestampSize is a control message with a struct timespec.
const timestampSize = 16 + 16

// soundSocket is a socket for RTP whose packets have their time of arrival.
func soundSocket() (*net.UDPConn, error) {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, err
	}
	return conn, askTimes(conn)
}

// askTimes lets the kernel tell the time of each arrival; when it cannot, conn is closed.
func askTimes(conn *net.UDPConn) error {
	raw, err := conn.SyscallConn()
	if err == nil {
		var refused error
		err = raw.Control(func(fd uintptr) {
			refused = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)
		})
		if err == nil {
			err = refused
		}
	}
	if err != nil {
		_ = conn.Close()
		return fmt.Errorf("times of arrival: %w", err)
	}
	return nil
}

// readTimed reads one datagram and the time at which it came.
func readTimed(conn *net.UDPConn, b []byte) (n int, from netip.AddrPort, at time.Time, err error) {
	var control [timestampSize]byte
	n, length, _, from, err := conn.ReadMsgUDPAddrPort(b, control[:])
	if err != nil {
		return 0, from, at, err
	}
	if length < timestampSize || binary.NativeEndian.Uint32(control[12:]) != unix.SCM_TIMESTAMPNS {
		return n, from, at, fmt.Errorf("a packet of %d bytes has no time of arrival", n)
	}
	seconds := int64(binary.NativeEndian.Uint64(control[16:])) //nolint:gosec // the kernel's time
	nanos := int64(binary.NativeEndian.Uint64(control[24:]))   //nolint:gosec // the kernel's time
	return n, from, time.Unix(seconds, nanos), nil
}

// arrivals are the times of one stream's last packets, by their sequence numbers: pion
// hands packets on without the time.
type arrivals [256]atomic.Int64

func (a *arrivals) note(sequence uint16, at time.Time) { a[sequence%256].Store(at.UnixNano()) }

func (a *arrivals) of(sequence uint16) time.Time { return time.Unix(0, a[sequence%256].Load()) }

// timedNet is pion's net whose sockets note when packets with sound came.
type timedNet struct {
	*stdnet.Net
	came *arrivals
}

func newTimedNet(came *arrivals) (timedNet, error) {
	std, err := stdnet.NewNet()
	return timedNet{std, came}, err
}

// ListenUDP implements transport.Net.
func (n timedNet) ListenUDP(network string, local *net.UDPAddr) (transport.UDPConn, error) {
	conn, err := net.ListenUDP(network, local)
	if err != nil {
		return nil, err
	}
	return timedConn{conn, n.came}, askTimes(conn)
}

type timedConn struct {
	*net.UDPConn
	came *arrivals
}

// ReadFrom notes the time by what SRTP leaves readable (RFC 3711 section 3.1).
func (c timedConn) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, at, err := readTimed(c.UDPConn, b)
	if err != nil {
		return n, nil, err
	}
	if n >= 12 && b[0]>>6 == 2 && b[1]&0x7f == payloadTypePCMA {
		c.came.note(binary.BigEndian.Uint16(b[2:]), at)
	}
	return n, net.UDPAddrFromAddrPort(from), nil
}
