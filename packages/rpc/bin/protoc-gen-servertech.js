#!/usr/bin/env node
import "../dist/protoc-gen.js";
