// Both ends of containerd/ttrpc in Go for the benchmarks: `serve` prints its port and serves until its input ends; `load PORT
// IN_FLIGHT BYTES` calls it over one connection for as many milliseconds as each line of its input says, and answers with what
// it measured. A line "usage" is answered with the CPU time so far, in microseconds, by both.
package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/containerd/ttrpc"
	"github.com/gogo/protobuf/types"
)

// A message with one text of number 1, as that of echo.proto is.
type payload = types.StringValue

const service = "bench.Echo"

func main() {
	if os.Args[1] == "serve" {
		check(serve())
	} else {
		check(load(os.Args[2], number(os.Args[3]), number(os.Args[4])))
	}
}

func serve() error {
	server, err := ttrpc.NewServer()
	if err != nil {
		return err
	}
	server.Register(service, map[string]ttrpc.Method{
		"Unary": func(ctx context.Context, decode func(interface{}) error) (interface{}, error) {
			var request payload
			if err := decode(&request); err != nil {
				return nil, err
			}
			return &payload{Value: request.Value}, nil
		},
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	go func() {
		for input := bufio.NewScanner(os.Stdin); input.Scan(); {
			fmt.Println(cpuUs())
		}
		os.Exit(0)
	}()
	return server.Serve(context.Background(), listener)
}

func load(port string, inFlight, bytes int) error {
	conn, err := net.Dial("tcp", "127.0.0.1:"+port)
	if err != nil {
		return err
	}
	client := ttrpc.NewClient(conn)
	defer client.Close()
	request := &payload{Value: strings.Repeat("x", bytes)}
	fmt.Println("ready")
	for input := bufio.NewScanner(os.Stdin); input.Scan(); {
		if input.Text() == "usage" {
			fmt.Println(cpuUs())
		} else if err := round(client, request, inFlight, time.Duration(number(input.Text()))*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

func round(client *ttrpc.Client, request *payload, inFlight int, length time.Duration) error {
	took := make([][]float64, inFlight)
	errs := make([]error, inFlight)
	begin := time.Now()
	var all sync.WaitGroup
	for caller := range took {
		all.Add(1)
		go func(caller int) {
			defer all.Done()
			for before := begin; before.Sub(begin) < length; {
				var reply payload
				if err := client.Call(context.Background(), service, "Unary", request, &reply); err != nil {
					errs[caller] = err
					return
				}
				if len(reply.Value) != len(request.Value) {
					errs[caller] = fmt.Errorf("the reply has %d characters", len(reply.Value))
					return
				}
				now := time.Now()
				took[caller] = append(took[caller], float64(now.Sub(before).Nanoseconds())/1e3)
				before = now
			}
		}(caller)
	}
	all.Wait()
	elapsed := time.Since(begin)
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	var us []float64
	for _, each := range took {
		us = append(us, each...)
	}
	sort.Float64s(us)
	fmt.Printf("{\"operations\":%d,\"elapsedMs\":%f,\"metrics\":{\"p50Us\":%f,\"p99Us\":%f}}\n",
		len(us), float64(elapsed.Nanoseconds())/1e6, us[len(us)/2], us[len(us)*99/100])
	return nil
}

func cpuUs() int64 {
	var usage syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return (usage.Utime.Nano() + usage.Stime.Nano()) / 1000
}

func number(text string) int {
	value, err := strconv.Atoi(text)
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
