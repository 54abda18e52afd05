//go:build streams

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/containerd/ttrpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

type text = wrapperspb.StringValue

func register(server *ttrpc.Server) {
	server.RegisterService(service, &ttrpc.ServiceDesc{
		Methods: methods,
		Streams: map[string]ttrpc.Stream{
			"Down": {Handler: down, StreamingServer: true},
			"Up":   {Handler: up, StreamingClient: true},
			"Both": {Handler: both, StreamingClient: true, StreamingServer: true},
		},
	})
}

// down sends the characters of the request one by one; for "!" it fails.
func down(_ context.Context, stream ttrpc.StreamServer) (interface{}, error) {
	var request text
	if err := stream.RecvMsg(&request); err != nil {
		return nil, err
	}
	for _, character := range request.Value {
		if character == '!' {
			return nil, status.Error(codes.Aborted, "asked to fail")
		}
		if err := stream.SendMsg(&text{Value: string(character)}); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// up replies with all that was sent.
func up(_ context.Context, stream ttrpc.StreamServer) (interface{}, error) {
	var all strings.Builder
	for {
		var request text
		if err := stream.RecvMsg(&request); errors.Is(err, io.EOF) {
			return &text{Value: all.String()}, nil
		} else if err != nil {
			return nil, err
		}
		all.WriteString(request.Value)
	}
}

func both(_ context.Context, stream ttrpc.StreamServer) (interface{}, error) {
	for {
		var request text
		if err := stream.RecvMsg(&request); errors.Is(err, io.EOF) {
			return nil, nil
		} else if err != nil {
			return nil, err
		}
		if err := stream.SendMsg(&text{Value: request.Value}); err != nil {
			return nil, err
		}
	}
}

func receiveAll(stream ttrpc.ClientStream) (string, error) {
	var all strings.Builder
	for {
		var reply text
		if err := stream.RecvMsg(&reply); errors.Is(err, io.EOF) {
			return all.String(), nil
		} else if err != nil {
			return all.String(), err
		}
		all.WriteString(reply.Value)
	}
}

func callStreams(ctx context.Context, client *ttrpc.Client) error {
	stream, err := client.NewStream(ctx, &ttrpc.StreamDesc{StreamingServer: true}, service, "Down", &text{Value: "abc"})
	if err != nil {
		return err
	}
	if got, err := receiveAll(stream); got != "abc" || err != nil {
		return fmt.Errorf("server stream: %q, %v", got, err)
	}
	stream, err = client.NewStream(ctx, &ttrpc.StreamDesc{StreamingServer: true}, service, "Down", &text{Value: "ab!c"})
	if err != nil {
		return err
	}
	if got, err := receiveAll(stream); got != "ab" || status.Code(err) != codes.Aborted {
		return fmt.Errorf("failing server stream: %q, %v", got, err)
	}
	stream, err = client.NewStream(ctx, &ttrpc.StreamDesc{StreamingClient: true}, service, "Up", nil)
	if err != nil {
		return err
	}
	for _, value := range []string{"a", "", "b", "c"} {
		if err := stream.SendMsg(&text{Value: value}); err != nil {
			return err
		}
	}
	if err := stream.CloseSend(); err != nil {
		return err
	}
	var reply text
	if err := stream.RecvMsg(&reply); err != nil || reply.Value != "abc" {
		return fmt.Errorf("client stream: %q, %v", reply.Value, err)
	}
	stream, err = client.NewStream(ctx, &ttrpc.StreamDesc{StreamingClient: true, StreamingServer: true}, service, "Both", nil)
	if err != nil {
		return err
	}
	for i := 0; i < 100; i++ {
		value := fmt.Sprint(i)
		if err := stream.SendMsg(&text{Value: value}); err != nil {
			return err
		}
		var reply text
		if err := stream.RecvMsg(&reply); err != nil || reply.Value != value {
			return fmt.Errorf("bidi: %q, %v", reply.Value, err)
		}
	}
	if err := stream.CloseSend(); err != nil {
		return err
	}
	if got, err := receiveAll(stream); got != "" || err != nil {
		return fmt.Errorf("end of bidi: %q, %v", got, err)
	}
	return nil
}
