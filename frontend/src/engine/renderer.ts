import type { Arcs } from "./arcs";
import type { Circles, Scene } from "./scene";
import { STRIDE } from "./scene";
import * as source from "./shaders";
import type { Theme } from "./style";

interface Program {
  program: WebGLProgram;
  uniforms: Record<string, WebGLUniformLocation | null>;
}

function compile(gl: WebGL2RenderingContext, vertex: string, fragment: string, names: string[]): Program {
  const program = gl.createProgram();
  for (const [type, text] of [
    [gl.VERTEX_SHADER, vertex],
    [gl.FRAGMENT_SHADER, fragment],
  ] as const) {
    const shader = gl.createShader(type);
    if (!shader) throw new Error("no shader");
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) {
    const logs = (gl.getAttachedShaders(program) ?? []).map((shader) => gl.getShaderInfoLog(shader)).join("\n");
    throw new Error(`${gl.getProgramInfoLog(program)}\n${logs}`);
  }
  const uniforms = Object.fromEntries(names.map((name) => [name, gl.getUniformLocation(program, name)]));
  return { program, uniforms };
}

/** Draws a scene with WebGL2. */
export class Renderer {
  private readonly gl: WebGL2RenderingContext;
  private quad!: Program;
  private point!: Program;
  private sea!: Program;
  private arc!: Program;
  private buffer: WebGLBuffer | null = null;
  private circleArray: WebGLVertexArrayObject | null = null;
  private pointArray: WebGLVertexArrayObject | null = null;
  private arcArray: WebGLVertexArrayObject | null = null;

  constructor(readonly canvas: HTMLCanvasElement) {
    const gl = canvas.getContext("webgl2", {
      alpha: false,
      antialias: false,
      depth: false,
      stencil: false,
      powerPreference: "high-performance",
    });
    if (!gl) throw new Error("WebGL2 is not available");
    this.gl = gl;
    this.prepare();
  }

  /** Make the programs and arrays; again after the context was lost. */
  prepare(): void {
    const gl = this.gl;
    this.quad = compile(gl, source.QUAD_VERTEX, source.QUAD_FRAGMENT, ["u_view", "u_land", "u_hatch", "u_pattern"]);
    this.point = compile(gl, source.POINT_VERTEX, source.POINT_FRAGMENT, ["u_view", "u_land", "u_hatch", "u_pattern"]);
    this.sea = compile(gl, source.SEA_VERTEX, source.SEA_FRAGMENT, ["u_sea", "u_hatch", "u_shift", "u_step"]);
    this.arc = compile(gl, source.ARC_VERTEX, source.ARC_FRAGMENT, ["u_view", "u_width"]);
    this.buffer = gl.createBuffer();
    this.circleArray = this.array(3, 1);
    this.pointArray = this.array(3, 0);
    this.arcArray = this.array(4, 1);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  }

  draw(scene: Scene, arcs: Arcs | null, theme: Theme, dpr: number, shift: number): void {
    const gl = this.gl;
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    const [r, g, b] = scene.background;
    gl.clearColor(r / 255, g / 255, b / 255, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    const step = Math.round(9 * dpr);
    if (scene.shallow && scene.around.length === 0) this.drawSea(theme, step, shift);
    this.drawCircles(this.quad, this.circleArray, scene.quads, theme, step, shift, true);
    this.drawCircles(this.point, this.pointArray, scene.points, theme, step, shift, false);
    if (arcs?.count) this.drawArcs(arcs, dpr);
  }

  private array(floats: number, divisor: number): WebGLVertexArrayObject | null {
    const gl = this.gl;
    const array = gl.createVertexArray();
    gl.bindVertexArray(array);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    const bytes = (floats + 2) * 4;
    gl.enableVertexAttribArray(0);
    gl.vertexAttribPointer(0, floats, gl.FLOAT, false, bytes, 0);
    gl.enableVertexAttribArray(1);
    gl.vertexAttribPointer(1, 4, gl.UNSIGNED_BYTE, true, bytes, floats * 4);
    gl.enableVertexAttribArray(2);
    gl.vertexAttribIPointer(2, 1, gl.UNSIGNED_INT, bytes, floats * 4 + 4);
    for (const place of [0, 1, 2]) gl.vertexAttribDivisor(place, divisor);
    return array;
  }

  private drawSea(theme: Theme, step: number, shift: number): void {
    const gl = this.gl;
    gl.useProgram(this.sea.program);
    gl.uniform3f(this.sea.uniforms.u_sea ?? null, ...unit(theme.shallow));
    gl.uniform3f(this.sea.uniforms.u_hatch ?? null, ...unit(theme.hatch));
    gl.uniform1f(this.sea.uniforms.u_shift ?? null, shift);
    gl.uniform1f(this.sea.uniforms.u_step ?? null, step);
    gl.bindVertexArray(null);
    gl.disable(gl.BLEND);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    gl.enable(gl.BLEND);
  }

  private drawCircles(
    { program, uniforms }: Program,
    array: WebGLVertexArrayObject | null,
    circles: Circles,
    theme: Theme,
    step: number,
    shift: number,
    quads: boolean,
  ): void {
    if (circles.count === 0) return;
    const gl = this.gl;
    gl.useProgram(program);
    gl.uniform2f(uniforms.u_view ?? null, this.canvas.width, this.canvas.height);
    gl.uniform3f(uniforms.u_land ?? null, ...unit(theme.land));
    gl.uniform3f(uniforms.u_hatch ?? null, ...unit(theme.hatch));
    gl.uniform2f(uniforms.u_pattern ?? null, shift, step);
    gl.bindVertexArray(array);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    gl.bufferData(gl.ARRAY_BUFFER, circles.floats.subarray(0, circles.count * STRIDE), gl.STREAM_DRAW);
    if (quads) gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, circles.count);
    else gl.drawArrays(gl.POINTS, 0, circles.count);
  }

  private drawArcs(arcs: Arcs, dpr: number): void {
    const gl = this.gl;
    gl.useProgram(this.arc.program);
    gl.uniform2f(this.arc.uniforms.u_view ?? null, this.canvas.width, this.canvas.height);
    gl.uniform1f(this.arc.uniforms.u_width ?? null, 1.6 * dpr);
    gl.bindVertexArray(this.arcArray);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    gl.bufferData(gl.ARRAY_BUFFER, arcs.floats.subarray(0, arcs.count * 6), gl.STREAM_DRAW);
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 2 * source.ARC_STEPS + 2, arcs.count);
  }
}

function unit(rgb: readonly [number, number, number]): [number, number, number] {
  return [rgb[0] / 255, rgb[1] / 255, rgb[2] / 255];
}
