import type { Arcs } from "./arcs";
import { type Mesh, VERTEX_WORDS } from "./mesh";
import { type Circles, type Scene, STRIDE } from "./scene";
import * as source from "./shaders";
import type { Splat } from "./splat";

interface Program {
  program: WebGLProgram;
  view: WebGLUniformLocation | null;
  width: WebGLUniformLocation | null;
}

function compile(gl: WebGL2RenderingContext, vertex: string, fragment: string): Program {
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
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
    const logs = (gl.getAttachedShaders(program) ?? []).map((shader) => gl.getShaderInfoLog(shader)).join("\n");
    throw new Error(`${gl.getProgramInfoLog(program)}\n${logs}`);
  }
  return { program, view: gl.getUniformLocation(program, "u_view"), width: gl.getUniformLocation(program, "u_width") };
}

/** One attribute of a vertex: floats, or four bytes as a colour, or a whole number. */
type Attribute = { size: number; type: "float" | "colour" | "number" };
const COLOUR: Attribute = { size: 1, type: "colour" };

const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;

function rendererName(gl: WebGL2RenderingContext): string {
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  return String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
}

/** Draws a scene with WebGL2. */
export class Renderer {
  private readonly gl: WebGL2RenderingContext;
  private mesh!: Program;
  private dot!: Program;
  private disc!: Program;
  private point!: Program;
  private dashed!: Program;
  private arc!: Program;
  private image!: Program;
  private texture: WebGLTexture | null = null;
  private buffer: WebGLBuffer | null = null;
  private indices: WebGLBuffer | null = null;
  private meshArray: WebGLVertexArrayObject | null = null;
  private pointArray: WebGLVertexArrayObject | null = null;
  private arcArray: WebGLVertexArrayObject | null = null;
  /** Whether a processor does the drawing. */
  inSoftware = false;
  /** The widest point that can be drawn, device pixels across. */
  widestPoint = 64;

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
    this.mesh = compile(gl, source.MESH_VERTEX, source.MESH_FRAGMENT);
    this.dot = compile(gl, source.DOT_VERTEX, source.DOT_FRAGMENT);
    this.disc = compile(gl, source.DISC_VERTEX, source.DISC_FRAGMENT);
    this.point = compile(gl, source.POINT_VERTEX, source.POINT_FRAGMENT);
    this.dashed = compile(gl, source.POINT_VERTEX, source.DASHED_FRAGMENT);
    this.arc = compile(gl, source.ARC_VERTEX, source.ARC_FRAGMENT);
    this.image = compile(gl, source.IMAGE_VERTEX, source.IMAGE_FRAGMENT);
    this.texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    this.inSoftware = SOFTWARE.test(rendererName(gl));
    this.buffer = gl.createBuffer();
    this.indices = gl.createBuffer();
    this.meshArray = this.array([{ size: 2, type: "float" }, COLOUR], 0);
    this.pointArray = this.array([{ size: 3, type: "float" }, COLOUR, COLOUR], 0);
    this.arcArray = this.array([{ size: 4, type: "float" }, COLOUR, { size: 1, type: "number" }], 1);
    this.widestPoint = (gl.getParameter(gl.ALIASED_POINT_SIZE_RANGE) as Float32Array)[1] ?? 64;
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  }

  draw(scene: Scene, arcs: Arcs, dpr: number): void {
    const gl = this.gl;
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    const [r, g, b] = scene.background;
    gl.clearColor(r / 255, g / 255, b / 255, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    this.drawMesh(scene.mesh);
    this.drawPoints(this.point, scene.points);
    this.drawPoints(this.dashed, scene.dashed);
    this.drawPoints(this.disc, scene.discs);
    this.drawPoints(this.dot, scene.dots);
    this.drawImage(scene.splat);
    if (arcs.count) this.drawArcs(arcs, dpr);
    this.drawMesh(scene.marks);
  }

  private array(attributes: Attribute[], divisor: number): WebGLVertexArrayObject | null {
    const gl = this.gl;
    const array = gl.createVertexArray();
    gl.bindVertexArray(array);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.indices);
    const bytes = attributes.reduce((sum, { size }) => sum + size * 4, 0);
    let offset = 0;
    for (const [place, { size, type }] of attributes.entries()) {
      gl.enableVertexAttribArray(place);
      if (type === "float") gl.vertexAttribPointer(place, size, gl.FLOAT, false, bytes, offset);
      else if (type === "colour") gl.vertexAttribPointer(place, 4, gl.UNSIGNED_BYTE, true, bytes, offset);
      else gl.vertexAttribIPointer(place, 1, gl.UNSIGNED_INT, bytes, offset);
      gl.vertexAttribDivisor(place, divisor);
      offset += size * 4;
    }
    return array;
  }

  private use({ program, view }: Program, array: WebGLVertexArrayObject | null, data: Float32Array): void {
    const gl = this.gl;
    gl.useProgram(program);
    gl.uniform2f(view, this.canvas.width, this.canvas.height);
    gl.bindVertexArray(array);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    gl.bufferData(gl.ARRAY_BUFFER, data, gl.STREAM_DRAW);
  }

  private drawMesh(mesh: Mesh): void {
    if (mesh.indices === 0) return;
    const gl = this.gl;
    this.use(this.mesh, this.meshArray, mesh.floats.subarray(0, mesh.vertices * VERTEX_WORDS));
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, mesh.index.subarray(0, mesh.indices), gl.STREAM_DRAW);
    gl.drawElements(gl.TRIANGLES, mesh.indices, gl.UNSIGNED_INT, 0);
  }

  private drawPoints(program: Program, circles: Circles): void {
    if (circles.count === 0) return;
    this.use(program, this.pointArray, circles.floats.subarray(0, circles.count * STRIDE));
    this.gl.drawArrays(this.gl.POINTS, 0, circles.count);
  }

  private drawImage(splat: Splat): void {
    if (splat.count === 0) return;
    const gl = this.gl;
    gl.useProgram(this.image.program);
    gl.uniform2f(this.image.view, this.canvas.width, this.canvas.height);
    gl.bindVertexArray(null);
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    const bytes = new Uint8Array(splat.pixels.buffer);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, splat.width, splat.height, 0, gl.RGBA, gl.UNSIGNED_BYTE, bytes);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  private drawArcs(arcs: Arcs, dpr: number): void {
    const gl = this.gl;
    this.use(this.arc, this.arcArray, arcs.floats.subarray(0, arcs.count * 6));
    gl.uniform1f(this.arc.width, 1.6 * dpr);
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 2 * source.ARC_STEPS + 2, arcs.count);
  }
}
