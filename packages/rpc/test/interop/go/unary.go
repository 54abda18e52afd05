//go:build !streams

package main

import (
	"context"

	"github.com/containerd/ttrpc"
	"github.com/gogo/protobuf/types"
)

type text = types.StringValue

func register(server *ttrpc.Server) {
	server.Register(service, methods)
}

func callStreams(context.Context, *ttrpc.Client) error {
	return nil
}
