// A peer of containerd/ttrpc for interop.test.ts: `server` serves until its input ends, `client` makes calls and checks them.
//
// Built with the tag "streams" against ttrpc 1.2 or newer, without it against 1.1, which has unary calls alone.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/containerd/ttrpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const service = "interop.v1.Interop"

func main() {
	var err error
	if mode, network, address := os.Args[1], os.Args[2], os.Args[3]; mode == "server" {
		err = serve(network, address)
	} else {
		err = call(network, address)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(network, address string) error {
	server, err := ttrpc.NewServer()
	if err != nil {
		return err
	}
	register(server)
	listener, err := net.Listen(network, address)
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr().String())
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	return server.Serve(context.Background(), listener)
}

var methods = map[string]ttrpc.Method{
	"Echo": func(ctx context.Context, decode func(interface{}) error) (interface{}, error) {
		var request text
		if err := decode(&request); err != nil {
			return nil, err
		}
		switch request.Value {
		case "fail":
			return nil, status.Error(codes.NotFound, "no such thing")
		case "slow":
			<-ctx.Done()
			return nil, ctx.Err()
		}
		prefix, _ := ttrpc.GetMetadataValue(ctx, "prefix")
		return &text{Value: prefix + request.Value}, nil
	},
}

func call(network, address string) error {
	conn, err := net.Dial(network, address)
	if err != nil {
		return err
	}
	client := ttrpc.NewClient(conn)
	defer client.Close()
	echo := func(ctx context.Context, value string) (string, error) {
		var reply text
		err := client.Call(ctx, service, "Echo", &text{Value: value}, &reply)
		return reply.Value, err
	}
	ctx := context.Background()
	for _, value := range []string{"", "hello", strings.Repeat("x", 3<<20)} {
		if reply, err := echo(ctx, value); err != nil || reply != value {
			return fmt.Errorf("echo of %d bytes: %d bytes, %v", len(value), len(reply), err)
		}
	}
	if reply, err := echo(ttrpc.WithMetadata(ctx, ttrpc.MD{"prefix": {"a-"}}), "b"); err != nil || reply != "a-b" {
		return fmt.Errorf("metadata: %q, %v", reply, err)
	}
	if _, err := echo(ctx, "fail"); status.Code(err) != codes.NotFound {
		return fmt.Errorf("a failing call: %v", err)
	}
	short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	if _, err := echo(short, "slow"); err == nil {
		return fmt.Errorf("a call beyond its deadline went well")
	}
	var reply text
	if err := client.Call(ctx, service, "Nope", &text{}, &reply); status.Code(err) != codes.Unimplemented {
		return fmt.Errorf("an unknown method: %v", err)
	}
	return callStreams(ctx, client)
}
