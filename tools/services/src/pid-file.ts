import { readFile } from "node:fs/promises";

/** Whether `file` exists and names the process `pid`. */
export async function pidFileNames(file: string, pid: number): Promise<boolean> {
  try {
    return (await readFile(file, "utf8")).trim() === String(pid);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
